#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "protocol/redis/command.h"

namespace braid::redis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<size_t> Keys(const std::vector<std::string_view>& argv) {
  const Command* command = FindCommand(argv.front());
  if (!SubcommandsOf(*command).empty()) command = FindSubcommand(*command, argv[1]);
  return KeyPositions(*command, argv);
}

TEST(CommandTableTest, RowsAreWellFormed) {
  std::set<std::string_view> names;
  for (const Command& command : Commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name << " twice";
    EXPECT_NE(command.arity, 0) << command.name;
    EXPECT_FALSE(command.summary.empty()) << command.name;
    EXPECT_FALSE(command.since.empty()) << command.name;
    EXPECT_EQ((command.flags & kWrite) != 0 && (command.flags & kReadOnly) != 0, false)
        << command.name;
    if (command.handler == nullptr) {
      EXPECT_FALSE(SubcommandsOf(command).empty()) << command.name;
    }
    // Keys are arguments that every call has.
    if (command.keys.first > 0) {
      EXPECT_LT(command.keys.first, std::abs(command.arity)) << command.name;
      EXPECT_GT(command.keys.step, 0) << command.name;
    }
  }
}

TEST(CommandTableTest, EverySubcommandIsFoundThroughItsContainer) {
  for (const Command& command : Commands()) {
    if (command.subcommand().empty()) {
      EXPECT_EQ(FindCommand(command.name), &command);
      continue;
    }
    const Command* container = FindCommand(command.name.substr(0, command.name.find('|')));
    ASSERT_NE(container, nullptr) << command.name;
    EXPECT_EQ(FindSubcommand(*container, command.subcommand()), &command);
    EXPECT_EQ(FindCommand(command.name), nullptr) << "a subcommand is no command";
  }
}

TEST(CommandTableTest, ContainersHaveHelp) {
  for (const Command& command : Commands()) {
    if (SubcommandsOf(command).empty()) continue;
    EXPECT_NE(FindSubcommand(command, "HELP"), nullptr) << command.name;
  }
}

TEST(CommandTableTest, NamesInAnyCase) {
  EXPECT_EQ(FindCommand("XaDd"), FindCommand("xadd"));
  EXPECT_EQ(FindCommand("nosuch"), nullptr);
  EXPECT_EQ(FindCommand(""), nullptr);
  EXPECT_EQ(FindCommand(std::string(100000, 'x')), nullptr);
}

TEST(CommandTableTest, Arity) {
  const Command& xadd = *FindCommand("xadd");
  EXPECT_FALSE(xadd.Takes(4));
  EXPECT_TRUE(xadd.Takes(5));
  EXPECT_TRUE(xadd.Takes(50));
  const Command& xlen = *FindCommand("xlen");
  EXPECT_TRUE(xlen.Takes(2));
  EXPECT_FALSE(xlen.Takes(3));
}

TEST(CommandTableTest, WhereKeysAre) {
  EXPECT_THAT(Keys({"XADD", "s", "*", "f", "v"}), ElementsAre(1));
  EXPECT_THAT(Keys({"DEL", "a", "b", "c"}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Keys({"XGROUP", "CREATE", "s", "g", "0"}), ElementsAre(2));
  EXPECT_THAT(Keys({"XREAD", "COUNT", "1", "STREAMS", "a", "b", "0", "0"}), ElementsAre(4, 5));
  EXPECT_THAT(Keys({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", ">"}), ElementsAre(5));
  EXPECT_THAT(Keys({"XREAD", "COUNT", "1", "FOO"}), IsEmpty());
  EXPECT_THAT(Keys({"PING"}), IsEmpty());
}

}  // namespace
}  // namespace braid::redis
