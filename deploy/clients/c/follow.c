// SPDX-License-Identifier: Apache-2.0
// Follows what a client may read and prints a line for each item: follow ADDRESS TOKEN [BOOKMARK]
// cc follow.c $(pkg-config --cflags --libs anlan)
#include <anlan.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    anlan *client = argc > 2 ? anlan_open(argv[1], getenv("ANLAN_TLS_CA"), getenv("ANLAN_TLS_CERTIFICATE"),
                                          getenv("ANLAN_TLS_KEY"), NULL, 0)
                             : NULL;
    if (!client || anlan_token(client, argv[2]) != 0)
        return 2;
    anlan_stream *stream = anlan_stream_open(client, NULL, NULL, NULL, NULL, argc > 3 ? argv[3] : NULL);
    anlan_item item;
    int code = 0;
    while (stream && (code = anlan_stream_next(stream, 1000, &item)) == 0 && item.kind != 0)
        printf("%d,%s,%lld,%s\n", item.kind, item.record_id, (long long)item.version,
               item.bookmark ? item.bookmark : "");
    if (code != 0)
        fprintf(stderr, "%s: %s\n", anlan_reason(client), anlan_error(client));
    anlan_stream_close(stream);
    anlan_close(client);
    return code;
}
