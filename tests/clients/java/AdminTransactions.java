import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;

/** What an administrator sees of transactions, and how those that hang are ended. */
final class AdminTransactions {
  private AdminTransactions() {}

  static void everyCall(Broker broker) throws Exception {
    String topic = broker.topic("t", 1);
    String id = broker.name("hanging");
    var place = new TopicPartition(topic, 0);
    try (var admin = broker.admin(); var producer = Transactions.producer(broker, "hanging")) {
      producer.beginTransaction();
      long offset = producer.send(new ProducerRecord<>(topic, "k", "v")).get().offset();
      var listed = admin.listTransactions(
          new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING))).all().get();
      Check.that(listed.stream().map(TransactionListing::transactionalId).toList().contains(id),
          listed);
      Check.equal(List.of(id), admin.listTransactions(new ListTransactionsOptions()
          .filterOnTransactionalIdPattern(id + ".*")).all().get().stream()
          .map(TransactionListing::transactionalId).toList(), "by pattern");
      Check.equal(0, admin.listTransactions(new ListTransactionsOptions().filterOnDuration(
          3_600_000)).all().get().size(), "of an hour");
      var told = admin.describeTransactions(Set.of(id)).all().get().get(id);
      Check.equal(TransactionState.ONGOING, told.state(), "the state");
      Check.equal(Set.of(place), told.topicPartitions(), "the partitions");
      Check.equal(60_000L, told.transactionTimeoutMs(), "the time-out");
      Check.that(told.transactionStartTimeMs().getAsLong() > 0, "the start");
      Check.fails(TransactionalIdNotFoundException.class, () -> admin.describeTransactions(
          Set.of(broker.name("absent"))).all().get());

      var state = admin.describeProducers(Set.of(place)).all().get().get(place)
          .activeProducers().get(0);
      Check.equal(told.producerId(), state.producerId(), "the producer");
      Check.equal(told.producerEpoch(), state.producerEpoch(), "its epoch");
      Check.equal(offset, state.currentTransactionStartOffset().getAsLong(), "its first offset");
      Check.equal(0, state.lastSequence(), "its last sequence");

      admin.fenceProducers(Set.of(id)).all().get();
      Check.equal(TransactionState.EMPTY, admin.describeTransactions(Set.of(id)).all().get().get(id)
          .state(), "the state afterwards");
      Check.fails(ProducerFencedException.class, () -> {
        producer.commitTransaction();
        return "committed by a fenced one";
      });
      aborted(broker, topic, admin);
    }
  }

  /** As kafka-transactions abort: by the producer that the partition knows. */
  private static void aborted(
      Broker broker, String topic, org.apache.kafka.clients.admin.Admin admin) throws Exception {
    var place = new TopicPartition(topic, 0);
    try (var producer = Transactions.producer(broker, "aborted");
        var reader = broker.consumer(broker.name("r"), "isolation.level", "read_committed");
        var all = broker.consumer(broker.name("r"))) {
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, "k", "v")).get();
      var state = admin.describeProducers(Set.of(place)).all().get().get(place).activeProducers()
          .stream().filter(one -> one.currentTransactionStartOffset().isPresent()).findFirst().get();
      Check.that(!reader.endOffsets(Set.of(place)).equals(all.endOffsets(Set.of(place))), "open");
      admin.abortTransaction(new AbortTransactionSpec(place, state.producerId(),
          (short) state.producerEpoch(), state.coordinatorEpoch().orElse(0))).all().get();
      Check.equal(reader.endOffsets(Set.of(place)), all.endOffsets(Set.of(place)), "ended");
    }
  }
}
