// References to a record by groups of Redis clients: its outstanding deliveries there, and that a
// group has yet to read it. Groups of other models do not count: they forget what is removed.
#ifndef BRAID_ENGINE_REFERENCES_H_
#define BRAID_ENGINE_REFERENCES_H_

namespace braid::engine {

// What removing a record does about them.
enum class References {
  kKeep,     // outstanding deliveries stay until they are settled
  kDrop,     // they go with the record, also where it had gone before
  kRespect,  // the record stays unless every group has read and settled it
};

// What became of one that was to be removed.
enum class Removal {
  kNone,        // there was nothing to remove
  kRemoved,     // it is gone
  kReferenced,  // it is still referenced, and stays
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_REFERENCES_H_
