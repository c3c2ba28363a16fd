/* usage: abi SNAPSHOT */
#include "abi.h"

int main(int argc, char **argv) {
  printf("sizes_offsets_codes_and_constants_are_those_of_the_abi ... ");
  if (argc != 2 || !abi_holds(argv[1])) {
    return 1;
  }
  printf("ok\n");
  return 0;
}
