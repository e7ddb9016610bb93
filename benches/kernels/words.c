/* Counts the words of a text with the C library's string functions, and sorts them. */
#include "bench.h"

enum { TEXT = 200000, BUCKETS = 4096 };

struct word {
    struct word *next;
    char *text;
    int count;
};

static char text[TEXT + 32];
static struct word *buckets[BUCKETS];

static void write_text(uint64_t seed)
{
    static const char *const syllables[] = {"ba", "de", "fi", "go", "lu", "man", "ner", "pos",
                                            "qua", "ri", "st", "tha", "un", "ver", "wen", "zo"};
    uint64_t state = random_state(seed);
    size_t length = 0;
    while (length < TEXT) {
        int count = 1 + random32(&state) % 3;
        while (count--) {
            const char *syllable = syllables[random32(&state) % 16];
            strcpy(text + length, syllable);
            length += strlen(syllable);
        }
        text[length++] = random32(&state) % 9 ? ' ' : '\n';
    }
    text[length] = 0;
}

static struct word *count_word(char *spelling)
{
    uint32_t hash = 5381;
    for (char *c = spelling; *c; c++)
        hash = hash * 33 ^ (uint8_t)*c;
    struct word **link = &buckets[hash % BUCKETS];
    for (struct word *word = *link; word; word = word->next)
        if (strcmp(word->text, spelling) == 0) {
            word->count++;
            return NULL;
        }
    struct word *word = malloc(sizeof *word);
    *word = (struct word){*link, malloc(strlen(spelling) + 1), 1};
    strcpy(word->text, spelling);
    return *link = word;
}

static int by_count(const void *a, const void *b)
{
    const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;
    return x->count != y->count ? y->count - x->count : strcmp(x->text, y->text);
}

int main(int argc, char **argv)
{
    int rounds = size_argument(argc, argv);
    uint32_t sum = 0;
    for (int i = 0; i < rounds; i++) {
        static struct word *words[TEXT];
        size_t count = 0;
        write_text(13 + i);
        sum = checksum(sum, strstr(text, "zoverwen") ? 1 : 2);
        for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) {
            struct word *fresh = count_word(word);
            if (fresh)
                words[count++] = fresh;
        }
        qsort(words, count, sizeof *words, by_count);
        for (size_t j = 0; j < count; j++) {
            char line[64];
            int length = snprintf(line, sizeof line, "%6d %s", words[j]->count, words[j]->text);
            for (int k = 0; k < length; k++)
                sum = checksum(sum, (uint8_t)line[k]);
            free(words[j]->text);
            free(words[j]);
        }
        memset(buckets, 0, sizeof buckets);
    }
    printf("words %u\n", sum);
    return 0;
}
