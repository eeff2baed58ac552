// GCC 12 and later call this function of a newer libstdc++ where `new T[n]` overflows. Defined here, the addon runs on
// every glibc >= 2.17 with GLIBCXX_3.4.21, so one built on this machine also runs on an older board.
#include <cstdlib>

namespace std {
[[noreturn]] __attribute__((visibility("hidden"))) void __throw_bad_array_new_length() { abort(); }
}  // namespace std
