// A second file of the tests' program, so that the header is proven to be fit for several.
#include <oss_resumable.hpp>
#include <oss_resumable.hpp>

std::int64_t another_files_choice() { return oss_resumable::choose; }
