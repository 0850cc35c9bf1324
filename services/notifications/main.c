// SPDX-License-Identifier: Apache-2.0
#include "notification_methods.h"

int main(int argc, char **argv)
{
    return service_main(&notification_service, argc, argv);
}
