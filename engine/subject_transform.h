// Subjects into other subjects: what a stream stores its messages under, what it republishes them
// as, what a source or mirror takes over as what.
//
//   auto transform = SubjectTransform::Make("orders.*.>", "eu.{{wildcard(1)}}.>");
//   transform->Apply("orders.7.new")  // "eu.7.new"
//
// The destination's tokens stand for themselves, or are functions of what the source's wildcards
// matched; `*` is counted from 1, and a `>` at the end takes over the rest:
//
//   $n, {{wildcard(n)}}                     the n-th token
//   {{partition(count, n, ...)}}            0 .. count-1, by a hash of these tokens, or of the
//                                           whole subject when none are named
//   {{split(n, text)}}                      cut at each `text`
//   {{splitfromleft(n, i)}} ...fromright    cut once, i bytes from that end
//   {{slicefromleft(n, i)}} ...fromright    cut every i bytes, counted from that end
//   {{left(n, i)}} {{right(n, i)}}          i bytes of that end
//   {{random(count)}}                       0 .. count-1
//
// A constant value: thread-safe.
#ifndef BRAID_ENGINE_SUBJECT_TRANSFORM_H_
#define BRAID_ENGINE_SUBJECT_TRANSFORM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace braid::engine {

class SubjectTransform {
 public:
  // An empty source is ">". kInvalidArgument says in the words of NATS what is wrong.
  static absl::StatusOr<SubjectTransform> Make(std::string_view source,
                                               std::string_view destination);

  // What `subject` becomes; nullopt when the source does not match it, or what would come of it is
  // no subject (cutting may leave nothing).
  std::optional<std::string> Apply(std::string_view subject) const;

  const std::string& source() const { return source_; }
  const std::string& destination() const { return destination_; }

 private:
  enum class Function : uint8_t {
    kLiteral,
    kWildcard,
    kPartition,
    kSplit,
    kSplitFromLeft,
    kSplitFromRight,
    kSliceFromLeft,
    kSliceFromRight,
    kLeft,
    kRight,
    kRandom,
  };
  struct Piece {
    Function function = Function::kLiteral;
    std::vector<size_t> tokens = {};  // of the subject, that it looks at
    size_t number = 0;
    std::string text = {};
  };
  struct FunctionName {
    Function function;
    std::string_view name;
  };

  static absl::StatusOr<Piece> ReadPiece(std::string_view token, const std::vector<size_t>& stars);
  static absl::StatusOr<Piece> ReadFunction(std::string_view token,
                                            const std::vector<size_t>& stars);
  static absl::Status ReadArguments(std::string_view token, std::string_view arguments,
                                    const std::vector<size_t>& stars, Piece& piece);
  void Append(const Piece& piece, std::string_view subject,
              const std::vector<std::string_view>& tokens, std::string& out) const;

  std::string source_;
  std::string destination_;
  std::vector<Piece> pieces_;
  bool takes_rest_ = false;  // the destination ends with `>`
  size_t rest_from_ = 0;     // of the subject's tokens
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_SUBJECT_TRANSFORM_H_
