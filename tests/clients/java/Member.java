import java.time.Duration;
import java.util.Collection;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;

/** A member of a group on a thread of its own: polls and commits what it got, until it is closed. */
final class Member implements AutoCloseable, ConsumerRebalanceListener {
  final Set<TopicPartition> owned = ConcurrentHashMap.newKeySet();
  final Queue<String> got = new ConcurrentLinkedQueue<>();
  final AtomicInteger revoked = new AtomicInteger();
  private final KafkaConsumer<String, String> consumer;
  private final Thread thread;
  private volatile Throwable failure;

  interface Subscription {
    void subscribe(KafkaConsumer<String, String> consumer, ConsumerRebalanceListener listener);
  }

  Member(KafkaConsumer<String, String> consumer, Subscription subscription) {
    this.consumer = consumer;
    subscription.subscribe(consumer, this);
    thread = new Thread(this::run);
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        var records = consumer.poll(Duration.ofSeconds(1));
        records.forEach(record -> got.add(record.value()));
        if (!records.isEmpty()) {
          try {
            consumer.commitSync();
          } catch (RebalanceInProgressException later) {
            // The next poll joins, and keeps what is not taken away.
          }
        }
      }
    } catch (WakeupException closed) {
      // close() asks for the end.
    } catch (Throwable error) {
      failure = error;
    }
  }

  Set<TopicPartition> owned() {
    if (failure != null) {
      throw new AssertionError("a member failed: " + failure, failure);
    }
    return owned;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    owned.addAll(partitions);
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    owned.removeAll(partitions);
    revoked.addAndGet(partitions.size());
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    failure = new AssertionError("lost " + partitions);
  }

  @Override
  public void close() {
    consumer.wakeup();
    try {
      thread.join();
    } catch (InterruptedException never) {
      throw new AssertionError(never);
    }
    consumer.close();
    if (failure != null) {
      throw new AssertionError("a member failed: " + failure, failure);
    }
  }
}
