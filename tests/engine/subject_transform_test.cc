#include "engine/subject_transform.h"

#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <set>

#include "braid/error.h"
#include "engine/subjects.h"

namespace braid::engine {
namespace {

std::string Map(std::string_view source, std::string_view destination, std::string_view subject) {
  const auto transform = SubjectTransform::Make(source, destination);
  if (!transform.ok()) return std::string(transform.status().message());
  return transform->Apply(subject).value_or("(unmatched)");
}

TEST(SubjectTransformTest, TokensAreTakenOverMovedAndLeftOut) {
  EXPECT_EQ(Map(">", "uno.>", "one.two"), "uno.one.two");
  EXPECT_EQ(Map("", ">", "one.two"), "one.two");
  EXPECT_EQ(Map("one.>", "uno.>", "one.two.three"), "uno.two.three");
  EXPECT_EQ(Map("one.two.>", "uno.dos.>", "one.two.three"), "uno.dos.three");
  EXPECT_EQ(Map("one", "uno", "one"), "uno");
  EXPECT_EQ(Map("one.*.three.*.five", "uno.$2.$1", "one.two.three.four.five"), "uno.four.two");
  EXPECT_EQ(Map("*.two.three.>", "uno.{{wildcard(1)}}.>", "one.two.three.four.five"),
            "uno.one.four.five");
  EXPECT_EQ(Map("a.*.*", "b.{{Wildcard(2)}}", "a.x.y"), "b.y");
  EXPECT_EQ(Map("a.*", "b.$x", "a.1"), "b.$x") << "no number: the token itself";
}

TEST(SubjectTransformTest, WhatDoesNotMatchIsLeftAlone) {
  EXPECT_EQ(Map("a.*", "b.$1", "c.1"), "(unmatched)");
  EXPECT_EQ(Map("a.*", "b.$1", "a.1.2"), "(unmatched)");
  EXPECT_EQ(Map("*", "{{split(1,-)}}", "--"), "(unmatched)") << "nothing would be left";
}

TEST(SubjectTransformTest, TokensAreCut) {
  EXPECT_EQ(Map("*", "{{split(1,-)}}", "-abc-def--ghi-"), "abc.def.ghi");
  EXPECT_EQ(Map("*", "{{splitfromleft(1,3)}}", "12345"), "123.45");
  EXPECT_EQ(Map("*", "{{SplitFromRight(1,3)}}", "12345"), "12.345");
  EXPECT_EQ(Map("*", "{{SliceFromLeft(1,3)}}", "1234567890"), "123.456.789.0");
  EXPECT_EQ(Map("*", "{{SliceFromRight(1,3)}}", "1234567890"), "1.234.567.890");
  EXPECT_EQ(Map("*", "{{sliceFromRight( 1 , 5 )}}", "1234567890"), "12345.67890");
  EXPECT_EQ(Map("*", "x.{{left(1,2)}}", "abcde"), "x.ab");
  EXPECT_EQ(Map("*", "x.{{right(1,2)}}", "abcde"), "x.de");
  for (const char* function : {"splitfromleft", "slicefromleft", "slicefromright", "left"}) {
    const std::string destination = std::string("{{") + function + "(1,9)}}";
    EXPECT_EQ(Map("*", destination, "abc"), "abc") << "too short to cut";
  }
}

// The numbers are those of other servers: FNV-1a of the tokens without anything between them.
TEST(SubjectTransformTest, PartitionsAreStable) {
  EXPECT_EQ(Map("*", "bar.{{partition(10,1)}}.$1", "foo"), "bar.3.foo");
  EXPECT_EQ(Map("*.*", "{{partition(10,1,2)}}", "fo.o"), "3");
  EXPECT_EQ(Map("foo", "{{partition(10)}}", "foo"), "3") << "of the whole subject";
  EXPECT_EQ(Map("*", "{{partition(0,1)}}", "foo"), "0");
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(Map("*", "{{partition(4,1)}}", std::to_string(i)));
  EXPECT_EQ(seen, (std::set<std::string>{"0", "1", "2", "3"}));
}

TEST(SubjectTransformTest, RandomStaysBelowItsLimit) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(Map("a", "{{random(3)}}", "a"));
  EXPECT_EQ(seen, (std::set<std::string>{"0", "1", "2"}));
}

TEST(SubjectTransformTest, BadMappingsAreRefusedInWords) {
  EXPECT_EQ(Map("a.*", "b.*", "a.1"), "invalid subject");
  EXPECT_EQ(Map("a.>", "b", "a.1"), "invalid subject");
  EXPECT_EQ(Map("a", "b.>", "a"), "invalid subject");
  EXPECT_EQ(Map("a..b", "b", "a"), "invalid subject");
  EXPECT_EQ(Map("a.*", "b.$2", "a.1"),
            "invalid mapping destination: wildcard index out of range in $2");
  EXPECT_EQ(Map("a.*", "b.{{nothing(1)}}", "a.1"),
            "invalid mapping destination: unknown function in {{nothing(1)}}");
  EXPECT_EQ(Map("a.*", "b.{{left(1)}}", "a.1"),
            "invalid mapping destination: not enough arguments passed to the function in "
            "{{left(1)}}");
  EXPECT_EQ(Map("a.*", "b.{{wildcard(1,2)}}", "a.1"),
            "invalid mapping destination: too many arguments passed to the function in "
            "{{wildcard(1,2)}}");
  EXPECT_EQ(Map("a.*", "b.{{left(1,x)}}", "a.1"),
            "invalid mapping destination: function argument is invalid or in the wrong format in "
            "{{left(1,x)}}");
  EXPECT_EQ(Map("a", "b.{{wildcard(1)}}", "a"),
            "invalid mapping destination: wildcard index out of range in {{wildcard(1)}}");
}

TEST(SubjectTransformTest, AnyTextIsRefusedOrMapsToASubject) {
  const std::string_view pieces[] = {"a", "*",   ">", ".", "$1", "{{", "}}",        "split",
                                     "(", ")",   ",", "1", "-",  " ",  "partition", "slicefromleft",
                                     "$", "\x80"};
  std::mt19937 random(7);
  int good = 0;
  for (int i = 0; i < 50000; ++i) {
    std::string texts[3];
    for (std::string& text : texts) {
      for (auto n = random() % 8; n > 0; --n) text += pieces[random() % std::size(pieces)];
    }
    const auto transform = SubjectTransform::Make(texts[0], texts[1]);
    if (!transform.ok() || !IsValidPublishSubject(texts[2])) continue;
    const auto mapped = transform->Apply(texts[2]);
    if (!mapped.has_value()) continue;
    ++good;
    EXPECT_TRUE(IsValidPublishSubject(*mapped)) << *mapped;
  }
  EXPECT_GT(good, 10);
}

}  // namespace
}  // namespace braid::engine
