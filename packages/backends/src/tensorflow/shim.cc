// Linked into tfjs-node's addon beside its own sources.
#include <cstdlib>

// GCC 12 and later call this function of a newer libstdc++ where `new T[n]` overflows. Defined here, the addon needs
// only glibc 2.17 and GLIBCXX_3.4.21, so one built on this machine also runs on an older board.
namespace std {
[[noreturn]] __attribute__((visibility("hidden"))) void __throw_bad_array_new_length() { abort(); }
}  // namespace std

// TensorFlow 2.21 logs part of its messages through absl, which knows nothing of TF_CPP_MIN_LOG_LEVEL
// (tensorflow/tensorflow#100442). absl's names change with its version: null, and nothing happens, in other ones.
// It is set before TensorFlow's own initialisers run, which already log: hence `-z initfirst` on the linker's line.
extern "C" __attribute__((weak)) void _ZN4absl12lts_2025081414SetMinLogLevelENS0_18LogSeverityAtLeastE(int level);

__attribute__((constructor)) static void quiet() {
  const auto set = &_ZN4absl12lts_2025081414SetMinLogLevelENS0_18LogSeverityAtLeastE;
  const char* level = getenv("TF_CPP_MIN_LOG_LEVEL");
  if (set != nullptr && level != nullptr) set(atoi(level));
}
