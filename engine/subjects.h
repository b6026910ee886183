// Subjects of the NATS model: tokens separated by dots, with two wildcards in patterns.
//
//   orders.us.created     a subject
//   orders.*.created      `*` stands for exactly one token
//   orders.>              `>`, last only, stands for one or more tokens
//
// Only a whole token is a wildcard: `foo*` and `a>b` are literal. Tokens are never empty and hold
// no white space (space, tab, CR, LF, FF). Pure functions; none of them allocates.
#ifndef BRAID_ENGINE_SUBJECTS_H_
#define BRAID_ENGINE_SUBJECTS_H_

#include <iterator>
#include <string_view>

namespace braid::engine {

// Well formed; wildcards allowed.
bool IsValidSubject(std::string_view subject);
// Well formed and without wildcards: what a message can be published under.
bool IsValidPublishSubject(std::string_view subject);
// What a consumer may filter by or a stream may listen to: the same as IsValidSubject.
bool IsValidFilter(std::string_view filter);

// True when some token is a wildcard.
bool HasWildcard(std::string_view subject);

// The functions below require well-formed arguments; on others the answer is meaningless but safe.

// True when `subject`, which is taken literally, is one that `pattern` stands for.
bool Matches(std::string_view pattern, std::string_view subject);
// True when some subject is matched by both.
bool Overlaps(std::string_view a, std::string_view b);
// True when every subject that `narrow` matches is matched by `wide` too.
bool IsSubsetOf(std::string_view narrow, std::string_view wide);

// for (std::string_view token : SubjectTokens("a.b.c")) ...  Views into the subject.
class SubjectTokens {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;

    Iterator() = default;  // the end
    explicit Iterator(std::string_view subject) : rest_(subject), done_(false) { Cut(); }

    std::string_view operator*() const { return token_; }
    Iterator& operator++() {
      if (last_) {
        *this = Iterator();
      } else {
        Cut();
      }
      return *this;
    }
    // Only comparison with the end means anything.
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.done_ == b.done_; }

    bool last() const { return last_; }              // no token after this one
    std::string_view rest() const { return rest_; }  // what follows this token and its dot

   private:
    void Cut() {
      const size_t dot = rest_.find('.');
      last_ = dot == std::string_view::npos;
      token_ = rest_.substr(0, dot);
      rest_ = last_ ? std::string_view() : rest_.substr(dot + 1);
    }

    std::string_view token_;
    std::string_view rest_;
    bool last_ = true;
    bool done_ = true;
  };

  explicit SubjectTokens(std::string_view subject) : subject_(subject) {}
  Iterator begin() const { return Iterator(subject_); }
  Iterator end() const { return Iterator(); }

 private:
  std::string_view subject_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_SUBJECTS_H_
