// SPDX-License-Identifier: Apache-2.0
// Words that many records share (sectors, permissions, names of roles), each kept
// once, and lists of them likewise. Nothing is given back before the book is
// freed: they are few.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "access/directory.h"

struct words;

// An empty book. Never answers NULL.
struct words *words_new(void);

// Frees it and all words and lists; accepts NULL.
void words_free(struct words *words);

// The book's own copy of a word.
const char *words_keep(struct words *words, const char *word);

// The book's own copy of a list, in the order given.
const struct directory_words *words_keep_list(struct words *words, char *const *list, size_t count);

// True if the list has the word.
bool words_has(const struct directory_words *list, const char *word);
