// SPDX-License-Identifier: Apache-2.0
#include "access/posts.h"

#include <stdlib.h>
#include <uthash.h>

#include "access/read.h"
#include "anlan/organisations/v1/people.pb-c.h"
#include "base/check.h"

// A post in the book: by its id, and in the list of its holder.
struct kept_post {
    struct directory_post post;
    struct kept_post *next;
    UT_hash_handle hh;
};

struct holder {
    struct uuid id;
    struct kept_post *first;
    UT_hash_handle hh;
};

struct posts {
    struct kept_post *kept;
    struct holder *holders;
};

struct posts *posts_new(void)
{
    struct posts *posts = calloc(1, sizeof(*posts));
    CHECK(posts);
    return posts;
}

void posts_free(struct posts *posts)
{
    if (!posts)
        return;
    struct kept_post *kept = NULL;
    struct kept_post *next = NULL;
    HASH_ITER(hh, posts->kept, kept, next)
    {
        HASH_DEL(posts->kept, kept);
        free((char *)kept->post.person_name);
        free(kept);
    }
    struct holder *holder = NULL;
    struct holder *next_holder = NULL;
    HASH_ITER(hh, posts->holders, holder, next_holder)
    {
        HASH_DEL(posts->holders, holder);
        free(holder);
    }
    free(posts);
}

static struct holder *holder_of(const struct posts *posts, const struct uuid *id)
{
    struct holder *holder = NULL;
    HASH_FIND(hh, posts->holders, id->bytes, sizeof(id->bytes), holder);
    return holder;
}

static void link_to_holder(struct posts *posts, struct kept_post *kept)
{
    struct holder *holder = holder_of(posts, &kept->post.person_id);
    if (!holder) {
        holder = calloc(1, sizeof(*holder));
        CHECK(holder);
        holder->id = kept->post.person_id;
        HASH_ADD(hh, posts->holders, id.bytes, sizeof(holder->id.bytes), holder);
    }
    kept->next = holder->first;
    holder->first = kept;
}

static void unlink_from_holder(struct posts *posts, struct kept_post *kept)
{
    struct kept_post **at = &holder_of(posts, &kept->post.person_id)->first;
    while (*at != kept)
        at = &(*at)->next;
    *at = kept->next;
}

static void keep(struct posts *posts, const struct directory_post *post)
{
    struct kept_post *kept = NULL;
    HASH_FIND(hh, posts->kept, post->id.bytes, sizeof(post->id.bytes), kept);
    if (kept) {
        unlink_from_holder(posts, kept);
        free((char *)kept->post.person_name);
        kept->post = *post;
    } else {
        kept = calloc(1, sizeof(*kept));
        CHECK(kept);
        kept->post = *post;
        HASH_ADD(hh, posts->kept, post.id.bytes, sizeof(kept->post.id.bytes), kept);
    }
    link_to_holder(posts, kept);
}

bool posts_keep(struct posts *posts, struct words *words, ProtobufCBinaryData packed)
{
    Anlan__Organisations__V1__Post *record = anlan__organisations__v1__post__unpack(NULL, packed.len, packed.data);
    struct directory_post post = {0};
    bool good = record && uuid_parse(record->id, &post.id) && uuid_parse(record->person_id, &post.person_id) &&
                uuid_parse(record->unit_id, &post.unit_id);
    if (good) {
        post.role = words_keep(words, record->role);
        post.person_name = read_text(record->person_name);
        post.sectors = words_keep_list(words, record->sectors, record->n_sectors);
        post.starts_at = read_time(record->starts_at, 0);
        post.ends_at = read_time(record->ends_at, INT64_MAX);
        keep(posts, &post);
    }
    if (record)
        anlan__organisations__v1__post__free_unpacked(record, NULL);
    return good;
}

const struct directory_post *posts_find(const struct posts *posts, const struct uuid *id)
{
    struct kept_post *kept = NULL;
    HASH_FIND(hh, posts->kept, id->bytes, sizeof(id->bytes), kept);
    return kept ? &kept->post : NULL;
}

size_t posts_of(const struct posts *posts, const struct uuid *person_id, const struct directory_post **held,
                size_t most)
{
    size_t count = 0;
    const struct holder *holder = holder_of(posts, person_id);
    for (const struct kept_post *kept = holder ? holder->first : NULL; kept && count < most; kept = kept->next)
        held[count++] = &kept->post;
    return count;
}

void posts_each(const struct posts *posts, bool (*see)(void *user, const struct directory_post *post), void *user)
{
    for (const struct kept_post *kept = posts->kept; kept; kept = kept->hh.next)
        if (!see(user, &kept->post))
            return;
}

size_t posts_count(const struct posts *posts)
{
    return HASH_COUNT(posts->kept);
}
