/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "provenance.h"

#include "arithmetic.h"
#include "commit.h"
#include "memory.h"

#include <gsl/gsl_version.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Replaced by the commit when git makes an archive (see .gitattributes). */
static const char archived_commit[] = "$Format:%H$";

const char *provenance_version(void)
{
    return GROWCAST_VERSION;
}

const char *provenance_commit(void)
{
    /* An archive may be unpacked inside another repository: what it says itself comes first. */
    if (archived_commit[0] != '$') {
        return archived_commit;
    }
    return GROWCAST_COMMIT[0] != '\0' ? GROWCAST_COMMIT : "unknown";
}

const char *provenance_compiler(void)
{
#if defined __clang_version__
    return "clang " __clang_version__;
#elif defined __GNUC__
    return "gcc " __VERSION__;
#else
    return "unknown";
#endif
}

/** A text that grows; always terminated. */
struct text {
    size_t length;
    size_t capacity;
    char *start;
};

static void append_bytes(struct text *text, const char *bytes, size_t count)
{
    text->start = memory_reserve(text->start, &text->capacity, text->length + count, 1);
    memcpy(text->start + text->length, bytes, count);
    text->length += count;
    text->start[text->length] = '\0';
}

static void append(struct text *text, const char *string)
{
    append_bytes(text, string, strlen(string));
}

struct provenance provenance_make(const char *mpi_version, const char *store_versions,
                                  const char *instruction_set, const char *configuration,
                                  uint64_t seed)
{
    char functions[ARITHMETIC_FINGERPRINT_SIZE];
    arithmetic_fingerprint(functions);
    struct text libraries = {0};
    append_bytes(&libraries, mpi_version, strcspn(mpi_version, ",\n"));
    append(&libraries, "; GSL ");
    append(&libraries, gsl_version);
    append(&libraries, "; ");
    append(&libraries, store_versions);
    return (struct provenance){
        .libraries = libraries.start,
        .instruction_set = memory_string(instruction_set),
        .functions = memory_string(functions),
        .configuration = memory_string(configuration),
        .seed = seed,
    };
}

void provenance_add_input(struct provenance *provenance, const char *name, const char *sha256)
{
    provenance->input = memory_reserve(provenance->input, &provenance->input_capacity,
                                       provenance->input_count, sizeof *provenance->input);
    struct provenance_input *input = &provenance->input[provenance->input_count++];
    *input = (struct provenance_input){.name = memory_string(name)};
    (void)snprintf(input->sha256, sizeof input->sha256, "%s", sha256);
}

void provenance_free(struct provenance *provenance)
{
    for (size_t i = 0; i < provenance->input_count; i++) {
        free(provenance->input[i].name);
    }
    free(provenance->input);
    free(provenance->libraries);
    free(provenance->instruction_set);
    free(provenance->functions);
    free(provenance->configuration);
    *provenance = (struct provenance){0};
}

char *provenance_input_text(const struct provenance *provenance)
{
    struct text text = {0};
    append(&text, "");
    for (size_t i = 0; i < provenance->input_count; i++) {
        append(&text, i == 0 ? "" : "\n");
        append(&text, provenance->input[i].sha256);
        append(&text, "  ");
        append(&text, provenance->input[i].name);
    }
    return text.start;
}

char *provenance_identifier(const struct provenance *provenance)
{
    static const char hexadecimal[] = "0123456789abcdef";
    struct text text = {0};
    char seed[32];
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)provenance->seed);
    append(&text, GROWCAST_VERSION "\n");
    append(&text, seed);
    append(&text, "\n");
    append(&text, provenance->configuration);
    for (size_t i = 0; i < provenance->input_count; i++) {
        append(&text, "\n");
        append(&text, provenance->input[i].sha256);
    }
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, text.length, (const uint8_t *)text.start);
    sha256_digest(&context, sizeof digest, digest);
    text.length = 0;
    append(&text, "growcast-");
    for (size_t i = 0; i < sizeof digest / 2; i++) {
        append_bytes(&text, &hexadecimal[digest[i] >> 4], 1);
        append_bytes(&text, &hexadecimal[digest[i] & 15], 1);
    }
    return text.start;
}

/** Appends an argument so that a shell reads it back as one word. */
static void append_argument(struct text *text, const char *argument)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_@%+=:,./-";
    if (argument[0] != '\0' && argument[strspn(argument, plain)] == '\0') {
        append(text, argument);
        return;
    }
    append(text, "'");
    for (const char *c = argument; *c != '\0'; c++) {
        append_bytes(text, *c == '\'' ? "'\\''" : c, *c == '\'' ? 4 : 1);
    }
    append(text, "'");
}

char *provenance_history(int argument_count, char *const *arguments, int ranks, time_t now)
{
    struct text text = {0};
    char stamp[32] = "unknown time";
    struct tm parts;
    if (gmtime_r(&now, &parts) != NULL) {
        (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) != 0) {
        (void)snprintf(host, sizeof host, "unknown host");
    }
    append(&text, stamp);
    append(&text, " ");
    append(&text, host);
    append(&text, ":");
    for (int i = 0; i < argument_count; i++) {
        append(&text, " ");
        append_argument(&text, arguments[i]);
    }
    char suffix[64];
    (void)snprintf(suffix, sizeof suffix, " (%d %s)", ranks, ranks == 1 ? "rank" : "ranks");
    append(&text, suffix);
    return text.start;
}
