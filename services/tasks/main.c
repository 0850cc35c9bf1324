// SPDX-License-Identifier: Apache-2.0
#include "task_methods.h"

int main(int argc, char **argv)
{
    return service_main(&task_service, argc, argv);
}
