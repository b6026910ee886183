// The four codecs of a batch's records block. Every decoder is bounded: it stops at `max_bytes` of
// output whatever its input promises, and grows its output with what has really been decoded.
//
// Framing, as Kafka's clients write and read it: gzip members; snappy raw (librdkafka) or in the
// blocks of the xerial library (Java), told apart by the magic; lz4 frames; zstd frames.
#ifndef BRAID_STORAGE_COMPRESSION_H_
#define BRAID_STORAGE_COMPRESSION_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "braid/batch.h"
#include "braid/buffer.h"

namespace braid::storage {

// The decoded bytes; those of kNone are copied. kCorruptBatch when malformed or longer than
// `max_bytes`, kUnsupportedCodec for a codec number nobody defined.
absl::StatusOr<Buffer> Decompress(Codec codec, std::string_view bytes, size_t max_bytes);

// Appends the encoded `bytes` to `out`; snappy is written raw. kUnsupportedCodec as above.
absl::Status CompressTo(Codec codec, std::string_view bytes, std::string& out);

// The records of `batch` in clear: a slice of the batch itself when it is not compressed, otherwise
// fresh memory of at most kMaxDecompressedBytes. Errors as Decompress.
absl::StatusOr<Buffer> RecordsBlock(const Batch& batch);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_COMPRESSION_H_
