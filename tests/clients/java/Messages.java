import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/** Messages that Braid wrote, read and written again by Kafka's own code: every byte must be the same. */
final class Messages {
  private static final int LEAST = 1000;

  /** `file` has lines of "request|response KEY VERSION HEX". */
  static void areWrittenAlike(Path file) throws Exception {
    int compared = 0;
    var wrong = new StringBuilder();
    for (String line : Files.readAllLines(file)) {
      String[] words = line.split(" ", -1);
      var type = ApiMessageType.fromApiKey(Short.parseShort(words[1]));
      short version = Short.parseShort(words[2]);
      if (version < type.lowestSupportedVersion() || version > type.highestSupportedVersion(true)) {
        continue; // an old one that this release no longer has
      }
      boolean request = words[0].equals("request");
      String fault = fault(request ? type.newRequest() : type.newResponse(), version, words[3]);
      if (fault != null) {
        wrong.append("\n" + type + " " + words[0] + " v" + version + ": " + fault);
      }
      compared++;
    }
    Check.that(wrong.length() == 0, wrong.toString());
    Check.that(compared >= LEAST, compared + " messages compared");
    System.out.println(compared + " messages read and written alike");
  }

  private static String fault(ApiMessage message, short version, String hex) {
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    try {
      message.read(new ByteBufferAccessor(bytes), version);
    } catch (RuntimeException error) {
      return "cannot be read: " + error;
    }
    if (bytes.hasRemaining()) {
      return bytes.remaining() + " bytes are left over";
    }
    ByteBuffer again = MessageUtil.toByteBufferAccessor(message, version).buffer();
    byte[] written = new byte[again.remaining()];
    again.get(written);
    String other = HexFormat.of().formatHex(written);
    return other.equals(hex) ? null : hex + " is written " + other;
  }
}
