// osc.cpp — see osc.hpp.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "osc.hpp"

#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

Osc::Osc(const std::string &host, int port)
{
	addrinfo wanted{}, *all = nullptr;
	wanted.ai_family = AF_UNSPEC;
	wanted.ai_socktype = SOCK_DGRAM;
	if (const int why = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &all))
		throw std::runtime_error("there is no host " + host + ": " + gai_strerror(why));
	fd = socket(all->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const bool failed = fd < 0 || connect(fd, all->ai_addr, all->ai_addrlen);
	const int why = errno;
	freeaddrinfo(all);
	if (failed)
		throw std::system_error(why, std::generic_category(), "cannot reach the synth");
}

Osc::~Osc()
{
	close(fd);
}

static void pad(std::string &packet)
{
	do
		packet.push_back('\0');
	while (packet.size() % 4);
}

void Osc::send(const std::string &address, const std::vector<double> &numbers)
{
	std::string packet = address;
	pad(packet);
	packet += "," + std::string(numbers.size(), 'd');
	pad(packet);
	for (double number : numbers) {
		uint64_t bits;
		std::memcpy(&bits, &number, sizeof bits);
		for (int shift = 56; shift >= 0; shift -= 8)
			packet.push_back(static_cast<char>(bits >> shift));
	}
	// Nobody there is no reason to end: the synth may be on its way.
	(void)!::send(fd, packet.data(), packet.size(), 0);
}

static uint64_t big_endian(const std::string &packet, size_t at, size_t bytes)
{
	uint64_t value = 0;
	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | static_cast<unsigned char>(packet[at + i]);
	return value;
}

static double number(char type, uint64_t bits)
{
	double d;
	float f;
	const auto low = static_cast<uint32_t>(bits);
	std::memcpy(&d, &bits, sizeof d);
	std::memcpy(&f, &low, sizeof f);
	return type == 'd'   ? d
	       : type == 'f' ? static_cast<double>(f)
	       : type == 'i' ? static_cast<int32_t>(low)
	                     : static_cast<double>(static_cast<int64_t>(bits));
}

// Numbers until the first argument that is none.
static std::optional<Message> decode(const std::string &packet)
{
	Message m;
	m.address = packet.c_str();
	size_t at = (m.address.size() / 4 + 1) * 4;
	if (at >= packet.size() || packet[at] != ',')
		return std::nullopt;
	const std::string types = packet.c_str() + at + 1;
	at += ((types.size() + 1) / 4 + 1) * 4;
	for (char type : types) {
		const size_t bytes = type == 'd' || type == 'h' ? 8 : type == 'i' || type == 'f' ? 4 : 0;
		if (!bytes || at + bytes > packet.size())
			break;
		m.numbers.push_back(number(type, big_endian(packet, at, bytes)));
		at += bytes;
	}
	return m;
}

std::optional<Message> Osc::receive(int milliseconds)
{
	pollfd p{fd, POLLIN, 0};
	std::string packet(65536, '\0');
	if (poll(&p, 1, milliseconds) <= 0)
		return std::nullopt;
	const ssize_t n = recv(fd, packet.data(), packet.size(), MSG_DONTWAIT);
	if (n <= 0)
		return std::nullopt;
	packet.resize(static_cast<size_t>(n));
	return decode(packet);
}
