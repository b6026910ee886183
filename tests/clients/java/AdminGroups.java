import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ClassicGroupState;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/** Administration of groups and their offsets. */
final class AdminGroups {
  private AdminGroups() {}

  static void everyCall(Broker broker) throws Exception {
    String topic = broker.topic("read", 2);
    var place = new TopicPartition(topic, 0);
    var second = new TopicPartition(topic, 1);
    try (var admin = broker.admin()) {
      for (String protocol : List.of("classic", "consumer")) {
        String group = broker.name(protocol);
        try (var member = new Member(broker.consumer(group, "group.protocol", protocol),
            (consumer, listener) -> consumer.subscribe(List.of(topic), listener))) {
          Check.soon(20, "both partitions", () -> member.owned().size() == 2);
          var listed = admin.listGroups(ListGroupsOptions.forConsumerGroups()).all().get().stream()
              .filter(one -> one.groupId().equals(group)).findFirst().get();
          Check.equal(protocol.equals("classic") ? GroupType.CLASSIC : GroupType.CONSUMER,
              listed.type().get(), "the type listed");
          Check.equal(GroupState.STABLE, listed.groupState().get(), "the state listed");
          Check.equal("consumer", listed.protocol(), "the protocol type listed");
          Check.that(admin.listGroups(new ListGroupsOptions().inGroupStates(
              Set.of(GroupState.EMPTY))).all().get().stream()
              .noneMatch(one -> one.groupId().equals(group)), "it is not among the empty");
          var told = admin.describeConsumerGroups(Set.of(group)).all().get().get(group);
          Check.equal(1, told.coordinator().id(), "the coordinator");
          var only = told.members().iterator().next();
          Check.that(only.host().contains("127.0.0.1"), "the host " + only.host());
          Check.that(only.clientId().startsWith("consumer-"), "the client " + only.clientId());
          Check.equal(Set.of(place, second), only.assignment().topicPartitions(), "assignment");
          Check.fails(GroupNotEmptyException.class,
              () -> admin.deleteConsumerGroups(Set.of(group)).all().get());
          Check.fails(UnknownMemberIdException.class, () -> admin.alterConsumerGroupOffsets(
              group, Map.of(place, new OffsetAndMetadata(1))).all().get());
          Check.fails(GroupSubscribedToTopicException.class,
              () -> admin.deleteConsumerGroupOffsets(group, Set.of(place)).all().get());
          if (protocol.equals("classic")) {
            Check.equal(ClassicGroupState.STABLE, admin.describeClassicGroups(Set.of(group)).all()
                .get().get(group).state(), "as a classic group");
          }
        }
        Check.equal(GroupState.EMPTY, admin.describeConsumerGroups(Set.of(group)).all().get()
            .get(group).groupState(), "the state without members");
        admin.alterConsumerGroupOffsets(group, Map.of(place, new OffsetAndMetadata(5, "by hand"),
            second, new OffsetAndMetadata(7))).all().get();
        admin.deleteConsumerGroupOffsets(group, Set.of(second)).all().get();
        var offsets = admin.listConsumerGroupOffsets(Map.of(
            group, new ListConsumerGroupOffsetsSpec(),
            broker.name("absent"), new ListConsumerGroupOffsetsSpec())).all().get();
        Check.equal(5L, offsets.get(group).get(place).offset(), "the offset");
        Check.equal("by hand", offsets.get(group).get(place).metadata(), "its note");
        Check.that(offsets.get(group).get(second) == null, "deleted");
        Check.equal(Map.of(), offsets.get(broker.name("absent")), "an absent group's");
        admin.deleteConsumerGroups(Set.of(group)).all().get();
        Check.fails(GroupIdNotFoundException.class,
            () -> admin.describeConsumerGroups(Set.of(group)).all().get());
        Check.fails(GroupIdNotFoundException.class,
            () -> admin.deleteConsumerGroups(Set.of(group)).all().get());
      }
      removed(broker, topic, admin);
    }
  }

  /** A static member is put out by its name. */
  private static void removed(Broker broker, String topic, org.apache.kafka.clients.admin.Admin admin)
      throws Exception {
    String group = broker.name("removed");
    var member = broker.consumer(group, "group.protocol", "classic", "group.instance.id", "one");
    member.subscribe(List.of(topic));
    Check.soon(20, "the partitions", () -> {
      member.poll(java.time.Duration.ofMillis(100));
      return member.assignment().size() == 2;
    });
    member.close();
    Check.equal(1, admin.describeConsumerGroups(Set.of(group)).all().get().get(group).members()
        .size(), "a static member stays");
    admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(
        Set.of(new MemberToRemove("one")))).all().get();
    Check.equal(0, admin.describeConsumerGroups(Set.of(group)).all().get().get(group).members()
        .size(), "until it is removed");
  }
}
