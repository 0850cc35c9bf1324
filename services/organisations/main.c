// SPDX-License-Identifier: Apache-2.0
#include "organisation_methods.h"

int main(int argc, char **argv)
{
    return service_main(&organisation_service, argc, argv);
}
