// A Trino stand-in on its own, for the suites that hold it against recordings and stock clients:
//   stand_in_server ADDRESS [CATALOG...]   prints its URL, serves until its standard input ends
#include "adapters/sandbox/trino/stand_in.hpp"

#include <cstdio>

int main(int argc, char **argv) {
    xtn::sandbox::StandIn::Options options;
    if (argc > 1) options.listen = argv[1];
    for (int i = 2; i < argc; ++i)
        options.catalogs.emplace_back(argv[i]);
    auto server = xtn::sandbox::StandIn::start(options);
    if (!server) {
        std::fprintf(stderr, "%s\n", server.error().message.c_str());
        return 1;
    }
    std::printf("%s\n", (*server)->url().c_str());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    (*server)->stop();
    return 0;
}
