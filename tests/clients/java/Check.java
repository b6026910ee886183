import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What a flow claims; an AssertionError says which claim does not hold. */
final class Check {
  private Check() {}

  static void that(boolean holds, Object what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  static void equal(Object expected, Object found, String what) {
    that(Objects.equals(expected, found), what + ": " + found + " instead of " + expected);
  }

  /** Waits until the claim holds. */
  static void soon(int seconds, String what, Callable<Boolean> claim) throws Exception {
    soon(seconds, () -> what, claim);
  }

  static void soon(int seconds, Callable<String> what, Callable<Boolean> claim) throws Exception {
    long deadline = System.nanoTime() + seconds * 1_000_000_000L;
    while (!claim.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(seconds + " s in vain for " + what.call());
      }
      Thread.sleep(20);
    }
  }

  /** Returns the error of the given class that the action ends with. */
  static <E extends Throwable> E fails(Class<E> expected, Callable<?> action) {
    Object answer;
    try {
      answer = action.call();
    } catch (Throwable error) {
      var cause = error;
      while (!expected.isInstance(cause) && cause.getCause() != null
          && (cause instanceof ExecutionException || cause instanceof CompletionException
              || cause instanceof org.apache.kafka.common.KafkaException)) {
        cause = cause.getCause();
      }
      if (expected.isInstance(cause)) {
        return expected.cast(cause);
      }
      throw new AssertionError("not " + expected.getSimpleName() + " but " + error, error);
    }
    throw new AssertionError("not " + expected.getSimpleName() + " but " + answer);
  }
}
