// Tells ThreadSanitizer what absl::Mutex does.
//
// Debian builds Abseil without -fsanitize=thread, so TSan sees neither the atomics inside a mutex
// nor the annotations that Abseil would have made, and calls everything that a mutex guards a race.
// Our CMakeLists.txt has the linker send each function named __wrap_... here instead; each says
// what is about to happen, calls Abseil's own as __real_..., and says that it has. Between "pre"
// and "post" TSan looks away, as it should: Abseil runs a waiter's condition on whichever thread
// unlocks.
//
// Only what Braid calls is wrapped. What else would lock is refused by the linker, see there.
#include <sanitizer/tsan_interface.h>

#include <cstdint>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

// The names below are spelled for this namespace; with another one the linker would wrap nothing.
static_assert(std::is_same_v<absl::Mutex, absl::debian3::Mutex>);

namespace {

constexpr unsigned kWriter = 0;
constexpr unsigned kReader = __tsan_mutex_read_lock;

template <typename Lock>
void Acquire(absl::Mutex* mutex, unsigned flags, Lock lock) {
  __tsan_mutex_pre_lock(mutex, flags);
  lock(mutex);
  __tsan_mutex_post_lock(mutex, flags, 0);
}

template <typename Unlock>
void Release(absl::Mutex* mutex, unsigned flags, Unlock unlock) {
  __tsan_mutex_pre_unlock(mutex, flags);
  unlock(mutex);
  __tsan_mutex_post_unlock(mutex, flags);
}

// A wait gives the mutex away and has it again when it returns. It is taken to be held by a writer.
template <typename Wait>
bool Await(absl::Mutex* mutex, Wait wait) {
  __tsan_mutex_pre_unlock(mutex, kWriter);
  __tsan_mutex_post_unlock(mutex, kWriter);
  __tsan_mutex_pre_lock(mutex, kWriter);
  const bool met = wait();
  __tsan_mutex_post_lock(mutex, kWriter, 0);
  return met;
}

}  // namespace

void RealDestroy(absl::Mutex*) __asm__("__real__ZN4absl7debian35MutexD1Ev");
void WrapDestroy(absl::Mutex*) __asm__("__wrap__ZN4absl7debian35MutexD1Ev");
void RealLock(absl::Mutex*) __asm__("__real__ZN4absl7debian35Mutex4LockEv");
void WrapLock(absl::Mutex*) __asm__("__wrap__ZN4absl7debian35Mutex4LockEv");
void RealUnlock(absl::Mutex*) __asm__("__real__ZN4absl7debian35Mutex6UnlockEv");
void WrapUnlock(absl::Mutex*) __asm__("__wrap__ZN4absl7debian35Mutex6UnlockEv");
void RealReaderLock(absl::Mutex*) __asm__("__real__ZN4absl7debian35Mutex10ReaderLockEv");
void WrapReaderLock(absl::Mutex*) __asm__("__wrap__ZN4absl7debian35Mutex10ReaderLockEv");
void RealReaderUnlock(absl::Mutex*) __asm__("__real__ZN4absl7debian35Mutex12ReaderUnlockEv");
void WrapReaderUnlock(absl::Mutex*) __asm__("__wrap__ZN4absl7debian35Mutex12ReaderUnlockEv");
void RealAwait(absl::Mutex*, const absl::Condition&) __asm__(
    "__real__ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE");
void WrapAwait(absl::Mutex*, const absl::Condition&) __asm__(
    "__wrap__ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE");
bool RealAwaitWithTimeout(absl::Mutex*, const absl::Condition&, absl::Duration) __asm__(
    "__real__ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
bool WrapAwaitWithTimeout(absl::Mutex*, const absl::Condition&, absl::Duration) __asm__(
    "__wrap__ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
void RealStatusUnref(uintptr_t) __asm__("__real__ZN4absl7debian36Status15UnrefNonInlinedEm");
void WrapStatusUnref(uintptr_t) __asm__("__wrap__ZN4absl7debian36Status15UnrefNonInlinedEm");

void WrapDestroy(absl::Mutex* mutex) {
  __tsan_mutex_destroy(mutex, __tsan_mutex_not_static);
  RealDestroy(mutex);
}

void WrapLock(absl::Mutex* mutex) {
  Acquire(mutex, kWriter, RealLock);
}
void WrapUnlock(absl::Mutex* mutex) {
  Release(mutex, kWriter, RealUnlock);
}
void WrapReaderLock(absl::Mutex* mutex) {
  Acquire(mutex, kReader, RealReaderLock);
}
void WrapReaderUnlock(absl::Mutex* mutex) {
  Release(mutex, kReader, RealReaderUnlock);
}

void WrapAwait(absl::Mutex* mutex, const absl::Condition& condition) {
  Await(mutex, [&] {
    RealAwait(mutex, condition);
    return true;
  });
}

bool WrapAwaitWithTimeout(absl::Mutex* mutex, const absl::Condition& condition,
                          absl::Duration timeout) {
  return Await(mutex, [&] { return RealAwaitWithTimeout(mutex, condition, timeout); });
}

// Not a mutex, but unseen for the same reason: the last owner of a Status's message frees it after
// what the others read of it.
void WrapStatusUnref(uintptr_t rep) {
  __tsan_release(reinterpret_cast<void*>(rep));
  __tsan_acquire(reinterpret_cast<void*>(rep));
  RealStatusUnref(rep);
}
