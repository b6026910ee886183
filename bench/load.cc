#include "bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace braid::bench {

void Fail(const std::string& what) {
  std::fprintf(stderr, "load: %s\n", what.c_str());
  std::exit(1);
}

int ConnectTo(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    Fail(std::string("cannot connect: ") + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

void SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) Fail("the server closed the connection");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void Warm(size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) Fail("no memory to warm");
  ::munmap(memory, bytes);
}

void KeepMemory() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void LoadResult::Print() const {
  const char* before = "{";
  for (const auto& [name, value] : values_) {
    std::printf("%s\"%s\": %.6g", before, name.c_str(), value);
    before = ", ";
  }
  std::puts("}");
}

double Effort::CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void Effort::Tell(int64_t messages, int64_t bytes, LoadResult& result) const {
  const double seconds = wall_.seconds();
  const double cpu = CpuSeconds() - cpu_;
  result.Add("messages", static_cast<double>(messages));
  result.Add("seconds", seconds);
  result.Add("messages_per_s", static_cast<double>(messages) / seconds);
  result.Add("mb_per_s", static_cast<double>(bytes) / seconds / 1e6);
  result.Add("client_cpu", cpu / seconds);
}

}  // namespace braid::bench
