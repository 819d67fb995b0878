// osc.hpp — as much of OSC as is needed to talk to the synth: messages of numbers, over UDP.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

struct Message {
	std::string address;
	std::vector<double> numbers;
};

class Osc
{
      public:
	Osc(const std::string &host, int port); // of either family; throws std::runtime_error
	~Osc();
	Osc(const Osc &) = delete;
	Osc &operator=(const Osc &) = delete;

	void send(const std::string &address, const std::vector<double> &numbers = {});
	// Waits so long for an answer at most.
	std::optional<Message> receive(int milliseconds);

      private:
	int fd = -1;
};
