// SPDX-License-Identifier: Apache-2.0
// Places at which a test may end the process, as a power cut would: kill -9 when it comes for the Nth time to the point
// that ANLAN_FAULT_POINT=NAME:N names. Programs for users have none: only tests/fault builds with ANLAN_FAULT_POINTS.
#pragma once

#ifdef ANLAN_FAULT_POINTS
// Ends the process where this is the point and the time that are named.
void fault_point(const char *name);
#define FAULT_POINT(name) fault_point(name)
#else
#define FAULT_POINT(name) ((void)0)
#endif
