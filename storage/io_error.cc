#include "storage/io_error.h"

#include <cerrno>
#include <string>
#include <system_error>

#include "absl/strings/cord.h"
#include "braid/error.h"
#include "fmt/format.h"

namespace braid::storage {
namespace {

absl::Status NotFound(std::string_view message) {
  absl::Status status = absl::NotFoundError(absl::string_view(message.data(), message.size()));
  MakeError(Errc::kIo, message)
      .ForEachPayload([&status](absl::string_view url, const absl::Cord& payload) {
        status.SetPayload(url, payload);
      });
  return status;
}

}  // namespace

absl::Status ErrnoError(int error, std::string_view operation, std::string_view path) {
  const std::string message =
      fmt::format("{} {}: {}", operation, path, std::generic_category().message(error));
  if (error == ENOSPC || error == EDQUOT) return MakeError(Errc::kOutOfSpace, message);
  return error == ENOENT ? NotFound(message) : MakeError(Errc::kIo, message);
}

absl::Status FileNotFound(std::string_view path) {
  return NotFound(fmt::format("{}: no such file or directory", path));
}

}  // namespace braid::storage
