// SPDX-License-Identifier: Apache-2.0
#include "access/words.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"

struct kept_word {
    UT_hash_handle hh;
    char text[];
};

// A list is found by its words' addresses: they are unique.
struct kept_list {
    struct directory_words list;
    UT_hash_handle hh;
    const char *words[];
};

struct words {
    struct kept_word *words;
    struct kept_list *lists;
};

struct words *words_new(void)
{
    struct words *words = calloc(1, sizeof(*words));
    CHECK(words);
    return words;
}

void words_free(struct words *words)
{
    if (!words)
        return;
    struct kept_word *word = NULL;
    struct kept_word *next_word = NULL;
    HASH_ITER(hh, words->words, word, next_word)
    {
        HASH_DEL(words->words, word);
        free(word);
    }
    struct kept_list *list = NULL;
    struct kept_list *next_list = NULL;
    HASH_ITER(hh, words->lists, list, next_list)
    {
        HASH_DEL(words->lists, list);
        free(list);
    }
    free(words);
}

const char *words_keep(struct words *words, const char *word)
{
    struct kept_word *kept = NULL;
    size_t length = strlen(word);
    HASH_FIND(hh, words->words, word, length, kept);
    if (kept)
        return kept->text;
    kept = calloc(1, sizeof(*kept) + length + 1);
    CHECK(kept);
    memcpy(kept->text, word, length + 1);
    HASH_ADD_KEYPTR(hh, words->words, kept->text, length, kept);
    return kept->text;
}

const struct directory_words *words_keep_list(struct words *words, char *const *list, size_t count)
{
    struct kept_list *made = calloc(1, sizeof(*made) + (count + 1) * sizeof(char *));
    struct kept_list *kept = NULL;
    CHECK(made);
    for (size_t i = 0; i < count; i++)
        made->words[i] = words_keep(words, list[i]);
    made->list = (struct directory_words){count, made->words};
    // With the NULL behind them, so that the empty list has a key too.
    size_t length = (count + 1) * sizeof(char *);
    HASH_FIND(hh, words->lists, made->words, length, kept);
    if (kept) {
        free(made);
        return &kept->list;
    }
    HASH_ADD_KEYPTR(hh, words->lists, made->words, length, made);
    return &made->list;
}

bool words_has(const struct directory_words *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->words[i], word) == 0)
            return true;
    return false;
}
