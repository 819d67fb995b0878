sim: sim.c ../../src/ipc/hash.h ../../include/understudy/module.h jobs.h \
 world.h ../../supervisor/stage.h ../../supervisor/audio.h \
 ../../supervisor/player_rt.h ../../src/ipc/shm.h ../../src/ipc/layout.h \
 ../../include/understudy/record.h ../../include/understudy/scenes.h \
 ../../include/understudy/shelf.h ../../src/ipc/vault_rt.h \
 ../../include/understudy/error.h ../../include/understudy/visible.h \
 ../../supervisor/child.h ../../supervisor/device.h \
 ../../supervisor/failover.h ../../src/ipc/layout.h ../../src/ipc/code.h \
 ../../src/ipc/ladder.h ../../supervisor/keep.h ../../src/replica/proof.h \
 ../../src/engine/engine.h ../../src/engine/library.h \
 ../../include/understudy/arena.h ../../include/understudy/meters.h \
 ../../src/worker/worker.h ../../src/ipc/slot_rt.h
../../src/ipc/hash.h:
../../include/understudy/module.h:
jobs.h:
world.h:
../../supervisor/stage.h:
../../supervisor/audio.h:
../../supervisor/player_rt.h:
../../src/ipc/shm.h:
../../src/ipc/layout.h:
../../include/understudy/record.h:
../../include/understudy/scenes.h:
../../include/understudy/shelf.h:
../../src/ipc/vault_rt.h:
../../include/understudy/error.h:
../../include/understudy/visible.h:
../../supervisor/child.h:
../../supervisor/device.h:
../../supervisor/failover.h:
../../src/ipc/layout.h:
../../src/ipc/code.h:
../../src/ipc/ladder.h:
../../supervisor/keep.h:
../../src/replica/proof.h:
../../src/engine/engine.h:
../../src/engine/library.h:
../../include/understudy/arena.h:
../../include/understudy/meters.h:
../../src/worker/worker.h:
../../src/ipc/slot_rt.h:
