// ACL: one user, and the categories of commands.
#include <set>

#include "protocol/redis/sha256.h"
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class AclTest : public RedisTest {
 protected:
  explicit AclTest(std::string version = "7.0.15")
      : RedisTest(ServiceOptions{.version = std::move(version)}) {}
};

class OldAclTest : public AclTest {
 protected:
  OldAclTest() : AclTest("6.2.0") {}
};

class NewAclTest : public AclTest {
 protected:
  NewAclTest() : AclTest("8.10.1") {}
};

TEST_F(AclTest, ThereIsOneUserWhoMayDoEverything) {
  EXPECT_EQ(Do("ACL WHOAMI"), "default");
  EXPECT_EQ(Do("ACL USERS"), "[default]");
  EXPECT_EQ(Do("ACL LIST"), "[user default on nopass ~* &* +@all]");
  EXPECT_EQ(Do("ACL GETUSER default"),
            "[flags [on nopass] passwords [] commands +@all keys ~* channels &* selectors []]");
  EXPECT_EQ(Do("ACL GETUSER alice"), "nil");
}

TEST_F(AclTest, UserInResp3IsAMap) {
  auto client = Connect(3);
  EXPECT_EQ(client->Do("ACL GETUSER default"),
            "{flags=~[on nopass] passwords=[] commands=+@all keys=~* channels=&* selectors=[]}");
}

TEST_F(OldAclTest, UserIsShownAsTheReleaseShowsIt) {
  EXPECT_EQ(Do("ACL GETUSER default"),
            "[flags [on allkeys allchannels allcommands nopass] passwords [] commands +@all keys "
            "[*] channels [*]]");
  EXPECT_THAT(Do("ACL DRYRUN default GET k"), StartsWith("-ERR unknown subcommand"));
}

TEST_F(NewAclTest, UserIsShownAsTheReleaseShowsIt) {
  EXPECT_EQ(Do("ACL LIST"), "[user default on nopass sanitize-payload ~* &* +@all]");
}

TEST_F(AclTest, PasswordIsShownAsItsHash) {
  Given({"CONFIG SET requirepass secret"});
  const std::string hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
  EXPECT_EQ(Do("ACL LIST"), "[user default on #" + hash + " ~* &* +@all]");
  EXPECT_THAT(Do("ACL GETUSER default"), HasSubstr("flags [on] passwords [" + hash + "]"));
}

TEST_F(AclTest, UsersAreNotMadeNorDeleted) {
  EXPECT_THAT(Do("ACL SETUSER alice on >secret +@all"), StartsWith("-ERR Braid has one user"));
  EXPECT_EQ(Do("ACL USERS"), "[default]");
  EXPECT_EQ(Do("ACL DELUSER alice bob"), ":0");
  EXPECT_EQ(Do("ACL DELUSER alice default"), "-ERR The 'default' user cannot be removed");
  EXPECT_THAT(Do("ACL SAVE"), HasSubstr("not configured to use an ACL file"));
  EXPECT_THAT(Do("ACL LOAD"), HasSubstr("not configured to use an ACL file"));
}

TEST_F(AclTest, CategoriesHaveTheirCommands) {
  EXPECT_THAT(Do("ACL CAT"), StartsWith("[keyspace read write set sortedset list hash string "));
  EXPECT_THAT(Do("ACL CAT stream"), AllOf(HasSubstr("xadd"), HasSubstr("xinfo|stream"),
                                          Not(HasSubstr("xackdel")), Not(HasSubstr("get "))));
  EXPECT_EQ(Do("ACL CAT Transaction"), "[discard exec multi unwatch watch]");
  EXPECT_THAT(Do("ACL CAT dangerous"), AllOf(HasSubstr("flushall"), HasSubstr("config|set"),
                                             HasSubstr("keys"), Not(HasSubstr("xadd"))));
  EXPECT_EQ(Do("ACL CAT nosuch"), "-ERR Unknown category 'nosuch'");
}

TEST_F(AclTest, CategoriesAreThoseOfCommandInfo) {
  EXPECT_THAT(Do("COMMAND INFO shutdown"), HasSubstr("[+@admin +@slow +@dangerous]"));
  EXPECT_THAT(Do("COMMAND INFO flushdb"), HasSubstr("[+@keyspace +@write +@slow +@dangerous]"));
  EXPECT_THAT(Do("COMMAND INFO role"), HasSubstr("[+@admin +@fast +@dangerous]"));
  EXPECT_THAT(Do("COMMAND INFO eval_ro"), HasSubstr("[+@slow +@scripting]"));
  EXPECT_THAT(Do("COMMAND INFO client|list"),
              HasSubstr("[+@admin +@slow +@dangerous +@connection]"));
  EXPECT_THAT(Do("COMMAND LIST FILTERBY ACLCAT scripting"), HasSubstr("evalsha"));
}

TEST_F(AclTest, PasswordsAreMadeOfAsManyBits) {
  EXPECT_THAT(Do("ACL GENPASS"), MatchesRegex("[0-9a-f]{64}"));
  EXPECT_THAT(Do("ACL GENPASS 5"), MatchesRegex("[0-9a-f]{2}"));
  EXPECT_EQ(Do("ACL GENPASS 4096").size(), 1024u);
  EXPECT_NE(Do("ACL GENPASS"), Do("ACL GENPASS"));
  EXPECT_THAT(Do("ACL GENPASS 0"), StartsWith("-ERR ACL GENPASS argument must be"));
  EXPECT_THAT(Do("ACL GENPASS 4097"), StartsWith("-ERR ACL GENPASS argument must be"));
  EXPECT_EQ(Do("ACL GENPASS x"), "-ERR value is not an integer or out of range");
}

TEST_F(AclTest, NobodyIsRefused) {
  EXPECT_EQ(Do("ACL LOG"), "[]");
  EXPECT_EQ(Do("ACL LOG 5"), "[]");
  EXPECT_EQ(Do("ACL LOG RESET"), "+OK");
  EXPECT_EQ(Do("ACL LOG x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Do("ACL DRYRUN default GET k"), "+OK");
  EXPECT_EQ(Do("ACL DRYRUN alice GET k"), "-ERR User 'alice' not found");
  EXPECT_EQ(Do("ACL DRYRUN default FOO"), "-ERR Command 'FOO' not found");
  EXPECT_EQ(Do("ACL DRYRUN default GET"), "-ERR wrong number of arguments for 'get' command");
}

TEST(Sha256Test, OfTheStandardsExamples) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

}  // namespace
}  // namespace braid::redis
