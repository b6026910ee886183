// The directories and files of a file system in memory: which path names which node. Knows names
// only; what a node holds is its owner's business. Not thread-safe.
#ifndef BRAID_STORAGE_PATH_TREE_H_
#define BRAID_STORAGE_PATH_TREE_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "braid/error.h"
#include "storage/io_error.h"
#include "storage/path.h"

namespace braid::storage {

template <typename Node>
class PathTree {
 public:
  using NodePtr = std::shared_ptr<Node>;
  using Entries = std::map<std::string, NodePtr>;  // a directory's node is null

  // The file of that name; null when there is none or it is a directory.
  NodePtr FindFile(const std::string& path) const {
    const auto it = entries_.find(NormalizePath(path));
    return it == entries_.end() ? nullptr : it->second;
  }

  bool Exists(const std::string& path) const {
    const std::string normal = NormalizePath(path);
    return IsRootPath(normal) || entries_.contains(normal);
  }
  bool IsDir(const std::string& path) const {
    const std::string normal = NormalizePath(path);
    if (IsRootPath(normal)) return true;
    const auto it = entries_.find(normal);
    return it != entries_.end() && it->second == nullptr;
  }

  // Adds a file. Not found when its directory is missing; kIo when the name is a directory's.
  absl::Status AddFile(const std::string& path, NodePtr node) {
    const std::string normal = NormalizePath(path);
    if (IsDir(normal)) return MakeError(Errc::kIo, path + ": is a directory");
    if (!IsDir(ParentPath(normal))) return FileNotFound(path);
    entries_[normal] = std::move(node);
    return absl::OkStatus();
  }

  // Adds a directory and its parents; returns the paths that were not there before, parents first.
  absl::StatusOr<std::vector<std::string>> AddDirs(const std::string& dir) {
    std::vector<std::string> missing;
    for (std::string at = NormalizePath(dir); !IsRootPath(at); at = ParentPath(at)) {
      if (FindFile(at) != nullptr) return MakeError(Errc::kIo, at + ": is a file");
      if (!Exists(at)) missing.insert(missing.begin(), at);
    }
    for (const std::string& path : missing) entries_[path] = nullptr;
    return missing;
  }

  // Takes a file out; null when it is not there.
  NodePtr RemoveFile(const std::string& path) {
    const auto it = entries_.find(NormalizePath(path));
    if (it == entries_.end() || it->second == nullptr) return nullptr;
    NodePtr node = std::move(it->second);
    entries_.erase(it);
    return node;
  }

  // Takes a directory, or a file, and all below it out; returns what went, in order of path.
  Entries RemoveAll(const std::string& dir) {
    const std::string normal = NormalizePath(dir);
    Entries gone = TakeBelow(ChildPrefix(normal));
    if (auto self = entries_.extract(normal); !self.empty()) gone.insert(std::move(self));
    return gone;
  }

  // Gives a file or a directory another name; returns the file that had it, if any.
  absl::StatusOr<NodePtr> Rename(const std::string& from, const std::string& to) {
    const std::string source = NormalizePath(from);
    const std::string target = NormalizePath(to);
    const auto it = entries_.find(source);
    if (it == entries_.end() || !IsDir(ParentPath(target))) return FileNotFound(from);
    if (source == target) return NodePtr();
    if (IsDir(source)) return RenameDir(source, target);
    if (IsDir(target)) return MakeError(Errc::kIo, to + ": is a directory");
    NodePtr node = std::move(it->second);
    entries_.erase(it);
    return std::exchange(entries_[target], std::move(node));
  }

  // Names in a directory, sorted. Not found when it is none.
  absl::StatusOr<std::vector<std::string>> List(const std::string& dir) const {
    const std::string normal = NormalizePath(dir);
    if (!IsDir(normal)) return FileNotFound(dir);
    const std::string prefix = ChildPrefix(normal);
    std::vector<std::string> names;
    for (auto it = entries_.lower_bound(prefix); it != entries_.end(); ++it) {
      if (it->first.compare(0, prefix.size(), prefix) != 0) break;
      if (!IsBelow(it->first, prefix)) continue;
      const std::string_view rest = std::string_view(it->first).substr(prefix.size());
      if (rest.find('/') == std::string_view::npos) names.emplace_back(rest);
    }
    return names;
  }

  const Entries& entries() const { return entries_; }

 private:
  Entries TakeBelow(const std::string& prefix) {
    Entries taken;
    for (auto it = entries_.lower_bound(prefix); it != entries_.end();) {
      if (it->first.compare(0, prefix.size(), prefix) != 0) break;
      const auto here = it++;
      if (IsBelow(here->first, prefix)) taken.insert(entries_.extract(here));
    }
    return taken;
  }

  absl::StatusOr<NodePtr> RenameDir(const std::string& source, const std::string& target) {
    if (IsBelow(target, ChildPrefix(source))) {
      return MakeError(Errc::kIo, target + ": lies below the directory to be renamed");
    }
    if (FindFile(target) != nullptr) return MakeError(Errc::kIo, target + ": is a file");
    if (IsDir(target) && !List(target)->empty()) {
      return MakeError(Errc::kIo, target + ": directory is not empty");
    }
    Entries moved = TakeBelow(ChildPrefix(source));
    entries_.erase(source);
    entries_[target] = nullptr;
    for (auto& [path, node] : moved) {
      entries_[target + path.substr(source.size())] = std::move(node);
    }
    return NodePtr();
  }

  Entries entries_;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_PATH_TREE_H_
