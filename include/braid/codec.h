// How the records of a batch are compressed; the numbers are Kafka's.
#ifndef BRAID_CODEC_H_
#define BRAID_CODEC_H_

#include <cstdint>

namespace braid {

enum class Codec : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

}  // namespace braid

#endif  // BRAID_CODEC_H_
