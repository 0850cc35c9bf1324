// SPDX-License-Identifier: Apache-2.0
#include "unit_methods.h"

int main(int argc, char **argv)
{
    return service_main(&unit_service, argc, argv);
}
