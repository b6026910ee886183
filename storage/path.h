// Paths of the file systems that live in memory: '/'-separated, "a//b/" means "a/b", and the roots
// "", "/" and "." exist always.
#ifndef BRAID_STORAGE_PATH_H_
#define BRAID_STORAGE_PATH_H_

#include <string>
#include <string_view>

namespace braid::storage {

// `path` without empty and "." components and without a slash at its end.
inline std::string NormalizePath(std::string_view path) {
  std::string out;
  if (!path.empty() && path[0] == '/') out.push_back('/');
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (!out.empty() && out.back() != '/') out += '/';
    out += part;
  }
  return out;
}

inline bool IsRootPath(std::string_view normalized) {
  return normalized.empty() || normalized == "/";
}

// The directory that holds `normalized`, which is not a root.
inline std::string ParentPath(std::string_view normalized) {
  const size_t slash = normalized.rfind('/');
  if (slash == std::string_view::npos) return "";
  return std::string(normalized.substr(0, slash == 0 ? 1 : slash));
}

// What every path below the directory `normalized` starts with.
inline std::string ChildPrefix(std::string_view normalized) {
  std::string prefix(normalized);
  if (!IsRootPath(normalized)) prefix += '/';
  return prefix;
}

// True when `path` lies below the directory that `prefix` was made of; relative paths lie below "".
inline bool IsBelow(std::string_view path, std::string_view prefix) {
  return path.size() > prefix.size() && path.substr(0, prefix.size()) == prefix &&
         (!prefix.empty() || path[0] != '/');
}

}  // namespace braid::storage

#endif  // BRAID_STORAGE_PATH_H_
