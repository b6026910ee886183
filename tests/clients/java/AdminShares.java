import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;

/** Administration of share groups and where they start. */
final class AdminShares {
  private AdminShares() {}

  static void everyCall(Broker broker) throws Exception {
    String topic = Shares.filled(broker, "administered", 10);
    String group = broker.group("administered", "share.auto.offset.reset", "earliest");
    try (var admin = broker.admin()) {
      try (var member = Shares.member(broker, group, topic, Shares.EXPLICIT)) {
        Shares.poll(member, 10).stream().limit(4).forEach(member::acknowledge);
        Shares.clean(member);
        listed(admin, group, GroupState.STABLE);
        described(admin, group, topic);
        Check.equal(4L, offset(admin, group, topic).startOffset(), "the first that is not settled");
        Check.equal(6L, offset(admin, group, topic).lag().get(), "the lag");
        Check.fails(GroupNotEmptyException.class, () -> admin.alterShareGroupOffsets(
            group, Map.of(Shares.first(topic), 0L)).all().get());
        Check.fails(GroupNotEmptyException.class,
            () -> admin.deleteShareGroupOffsets(group, Set.of(topic)).all().get());
        Check.fails(GroupNotEmptyException.class,
            () -> admin.deleteShareGroups(Set.of(group)).all().get());
      }
      Check.soon(10, "the member to be gone", () -> admin.describeShareGroups(Set.of(group)).all()
          .get().get(group).members().isEmpty());
      listed(admin, group, GroupState.EMPTY);
      startedOver(broker, admin, group, topic);
      admin.deleteShareGroups(Set.of(group)).all().get();
      Check.fails(GroupIdNotFoundException.class,
          () -> admin.describeShareGroups(Set.of(group)).all().get());
    }
  }

  private static void listed(Admin admin, String group, GroupState state) throws Exception {
    var found = admin.listGroups(new ListGroupsOptions().withTypes(Set.of(GroupType.SHARE))).all()
        .get().stream().filter(one -> one.groupId().equals(group)).findFirst().get();
    Check.equal(GroupType.SHARE, found.type().get(), "the type listed");
    Check.equal(state, found.groupState().get(), "the state listed");
    Check.that(admin.listGroups(ListGroupsOptions.forConsumerGroups()).all().get().stream()
        .noneMatch(one -> one.groupId().equals(group)), "it is no consumer group");
  }

  private static void described(Admin admin, String group, String topic) throws Exception {
    var told = admin.describeShareGroups(Set.of(group)).all().get().get(group);
    Check.equal(GroupState.STABLE, told.groupState(), "the state");
    Check.equal(1, told.coordinator().id(), "the coordinator");
    Check.equal(1, told.members().size(), "members");
    var only = told.members().iterator().next();
    Check.equal(Set.of(Shares.first(topic)), only.assignment().topicPartitions(), "assignment");
    Check.that(only.host().contains("127.0.0.1"), "the host " + only.host());
    Check.that(only.memberEpoch() > 0, "the epoch " + only.memberEpoch());
  }

  /** Offsets altered, then deleted: the group begins there, and then where its settings say. */
  private static void startedOver(Broker broker, Admin admin, String group, String topic)
      throws Exception {
    admin.alterShareGroupOffsets(group, Map.of(Shares.first(topic), 2L)).all().get();
    Check.equal(2L, offset(admin, group, topic).startOffset(), "altered");
    try (var member = Shares.member(broker, group, topic)) {
      Check.equal(Shares.numbers(2, 10), Records.values(Shares.poll(member, 8)), "from there on");
      Shares.clean(member);
    }
    Check.equal(10L, offset(admin, group, topic).startOffset(), "all is settled");
    Check.equal(0L, offset(admin, group, topic).lag().get(), "no lag");
    admin.deleteShareGroupOffsets(group, Set.of(topic)).all().get();
    Check.equal(null, offset(admin, group, topic), "deleted");
    try (var member = Shares.member(broker, group, topic)) {
      Check.equal(Shares.numbers(0, 10), Records.values(Shares.poll(member, 10)), "all again");
      member.poll(Duration.ofMillis(100));
    }
  }

  static SharePartitionOffsetInfo offset(Admin admin, String group, String topic) throws Exception {
    var place = Shares.first(topic);
    return admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()
        .topicPartitions(List.of(place)))).partitionsToOffsetInfo(group).get().get(place);
  }
}
