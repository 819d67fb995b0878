/* point.h — the places where a process may die with consequences: before each store that another process reads.
 * In the programs a point is nothing. The simulation and the kill sweep compile the protocol's files with US_POINTS and
 * let a simulated process end at any of them. [rt] */
#ifndef US_POINT_H
#define US_POINT_H

#ifdef US_POINTS
void us_point(void); /* may not return */
#else
#define us_point() ((void)0)
#endif

#endif
