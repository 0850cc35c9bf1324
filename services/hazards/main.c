// SPDX-License-Identifier: Apache-2.0
#include "hazard_methods.h"

int main(int argc, char **argv)
{
    return service_main(&hazard_service, argc, argv);
}
