/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal: damaged in every place, cut at every byte, on full disks, locked. */
#include "journal.h"

#include "memory.h"
#include "signals.h"
#include "tap.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ITEMS = 12, ROW = 3, SUMS = 5, PATH_SIZE = 300 };

/* The records of the toy journal: chunks in the order in which they might arrive. */
static const struct {
    size_t first;
    size_t count;
} chunks[] = {{4, 2}, {0, 4}, {9, 3}, {6, 1}, {7, 2}};

enum { CHUNKS = sizeof chunks / sizeof chunks[0], CHECKPOINT_AFTER = 2 };

static const char identity[] = "version = 1\nseed = 7\ninput = abc\n";

struct place {
    char folder[PATH_SIZE];
    char output[PATH_SIZE];
    char journal[PATH_SIZE];
    char sums[PATH_SIZE];
};

static double value_of(size_t item, size_t k)
{
    return (double)(item * 10 + k) + 0.5;
}

static struct place place_make(void)
{
    struct place place;
    /* In memory where possible: thousands of synchronised files take a disk half a minute. */
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(place.folder, sizeof place.folder, "%s/journal_test_XXXXXX", root);
    if (mkdtemp(place.folder) == NULL) {
        perror("mkdtemp");
        exit(1);
    }
    (void)snprintf(place.output, PATH_SIZE, "%.200s/run.nc", place.folder);
    (void)snprintf(place.journal, PATH_SIZE, "%.200s/run.nc.journal", place.folder);
    (void)snprintf(place.sums, PATH_SIZE, "%.200s/run.nc.journal.sums", place.folder);
    return place;
}

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    (void)closedir(directory);
    return count;
}

static struct journal_request request_make(const struct place *place, double *sums,
                                           enum journal_existing existing)
{
    return (struct journal_request){.output = place->output,
                                    .identity = identity,
                                    .item_count = ITEMS,
                                    .row_length = ROW,
                                    .sums = sums,
                                    .sum_length = sums != NULL ? SUMS : 0,
                                    .policy = JOURNAL_FLUSH,
                                    .existing = existing};
}

static bool append(struct journal *journal, size_t chunk, double *sums, struct error *error)
{
    double rows[ITEMS * ROW];
    for (size_t i = 0; i < chunks[chunk].count; i++) {
        for (size_t k = 0; k < ROW; k++) {
            rows[i * ROW + k] = value_of(chunks[chunk].first + i, k);
        }
        if (sums != NULL) {
            sums[(chunks[chunk].first + i) % SUMS] += (double)(chunks[chunk].first + i);
        }
    }
    return journal_append(journal, chunks[chunk].first, chunks[chunk].count, rows, error);
}

/* Writes the whole toy journal, with a checkpoint after CHECKPOINT_AFTER records if sums. */
static void write_journal(const struct place *place, bool with_sums)
{
    double sums[SUMS];
    struct error error;
    struct journal_report report;
    struct journal_request request = request_make(place, with_sums ? sums : NULL, JOURNAL_REPLACE);
    struct journal *journal = journal_open(&request, &report, &error);
    bool succeeded = journal != NULL;
    for (size_t i = 0; succeeded && i < CHUNKS; i++) {
        succeeded = append(journal, i, with_sums ? sums : NULL, &error);
        if (succeeded && i + 1 == CHECKPOINT_AFTER) {
            succeeded = journal_checkpoint(journal, &error);
        }
    }
    if (!succeeded) {
        printf("Bail out! %s\n", error.message);
        exit(1);
    }
    journal_close(journal);
}

/* Number of leading chunks that are there; ITEMS + 1 when what is there is not a sequence of
 * leading chunks with the right values. */
static size_t leading_chunks(const struct journal *journal)
{
    size_t leading = 0;
    size_t items = 0;
    while (leading < CHUNKS && journal_has(journal, chunks[leading].first)) {
        double rows[ITEMS * ROW];
        struct error error;
        if (!journal_read(journal, chunks[leading].first, chunks[leading].count, rows, &error)) {
            return ITEMS + 1;
        }
        for (size_t i = 0; i < chunks[leading].count * ROW; i++) {
            if (rows[i] != value_of(chunks[leading].first + i / ROW, i % ROW)) {
                return ITEMS + 1;
            }
        }
        items += chunks[leading].count;
        leading++;
    }
    return items == journal_count(journal) ? leading : ITEMS + 1;
}

static size_t read_file(const char *path, unsigned char *bytes, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    size_t size = file != NULL ? fread(bytes, 1, capacity, file) : 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    return size;
}

static void write_file(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* Where the first `leading` records end in a journal of all records and `size` bytes. */
static size_t end_of(size_t size, size_t leading)
{
    size_t behind = 0;
    for (size_t i = leading; i < CHUNKS; i++) {
        behind += 40 + chunks[i].count * ROW * sizeof(double);
    }
    return size - behind;
}

static void test_life(void)
{
    struct place place = place_make();
    write_journal(&place, false);
    struct error error;
    struct journal_report report;
    struct journal_request request = request_make(&place, NULL, JOURNAL_RESUME);
    struct journal *journal = journal_open(&request, &report, &error);
    tap_ok(journal != NULL && report.resumed && report.rows == ITEMS && report.bytes_dropped == 0,
           "a complete journal is read back");
    tap_ok(leading_chunks(journal) == CHUNKS, "with the values that were appended");
    double rows[ITEMS * ROW];
    bool right = true;
    for (size_t slab = 1; slab <= ITEMS; slab++) {
        for (size_t first = 0; first + slab <= ITEMS; first += slab) {
            right = right && journal_read(journal, first, slab, rows, &error);
            for (size_t i = 0; i < slab * ROW; i++) {
                right = right && rows[i] == value_of(first + i / ROW, i % ROW);
            }
        }
    }
    tap_ok(right, "rows come back in the order of items, in slabs of any size");
    tap_ok(journal_remove(journal, &error) && files_in(place.folder) == 0,
           "a removed journal leaves nothing behind");

    request.existing = JOURNAL_RESUME;
    journal = journal_open(&request, &report, &error);
    tap_ok(journal != NULL && !report.resumed && report.rows == 0,
           "resuming without a journal begins one");
    journal_close(journal);
    tap_ok(files_in(place.folder) == 0, "a journal without rows is not kept");
    journal_close(NULL);
    (void)rmdir(place.folder);
}

static void test_existing(void)
{
    struct place place = place_make();
    write_journal(&place, false);
    struct error error;
    struct journal_report report;
    struct journal_request request = request_make(&place, NULL, JOURNAL_REFUSE);
    struct journal *journal = journal_open(&request, &report, &error);
    tap_ok(journal == NULL && error.kind == ERROR_USAGE &&
               strstr(error.message, "--resume") != NULL &&
               strstr(error.message, "--force") != NULL,
           "an existing journal is refused: %s", error.message);

    request.existing = JOURNAL_RESUME;
    request.identity = "version = 1\nseed = 8\ninput = abc\n";
    journal = journal_open(&request, &report, &error);
    tap_ok(journal == NULL && error.kind == ERROR_USAGE &&
               strstr(error.message, "\"seed = 7\" where this run has \"seed = 8\"") != NULL,
           "a journal of another run is refused: %s", error.message);
    request.identity = "version = 1\nseed = 7\n";
    journal = journal_open(&request, &report, &error);
    tap_ok(journal == NULL && strstr(error.message, "\"input = abc\"") != NULL,
           "also when a line is missing: %s", error.message);
    request.identity = identity;
    request.item_count++;
    journal = journal_open(&request, &report, &error);
    tap_ok(journal == NULL && error.kind == ERROR_USAGE, "or the size differs: %s", error.message);
    request.item_count--;

    request.existing = JOURNAL_REPLACE;
    journal = journal_open(&request, &report, &error);
    tap_ok(journal != NULL && !report.resumed && journal_count(journal) == 0, "it can be replaced");
    journal_close(journal);

    unsigned char filler[200] = "my diary";
    write_file(place.journal, filler, sizeof filler);
    request.existing = JOURNAL_RESUME;
    journal = journal_open(&request, &report, &error);
    tap_ok(journal == NULL && error.kind == ERROR_USAGE, "a foreign file is refused: %s",
           error.message);
    (void)unlink(place.journal);

    (void)snprintf(place.output, PATH_SIZE, "%.200s/missing/run.nc", place.folder);
    request.output = place.output;
    journal = journal_open(&request, &report, &error);
    tap_ok(journal == NULL && error.kind == ERROR_USAGE &&
               strstr(error.message, "No such file or directory") != NULL,
           "a folder that cannot be written to: %s", error.message);
    (void)rmdir(place.folder);
}

static void test_torn(void)
{
    struct place place = place_make();
    write_journal(&place, false);
    unsigned char bytes[4096];
    size_t size = read_file(place.journal, bytes, sizeof bytes);
    bool right = size > 500 && size < sizeof bytes;
    bool continued = true;
    for (size_t length = 0; length <= size; length++) {
        write_file(place.journal, bytes, length);
        size_t expected = 0;
        while (expected < CHUNKS && end_of(size, expected + 1) <= length) {
            expected++;
        }
        struct error error;
        struct journal_report report;
        struct journal_request request = request_make(&place, NULL, JOURNAL_RESUME);
        struct journal *journal = journal_open(&request, &report, &error);
        bool header = length >= end_of(size, 0);
        right = right && journal != NULL && leading_chunks(journal) == expected &&
                report.resumed == header &&
                report.bytes_dropped == (header ? length - end_of(size, expected) : 0);
        /* Goes on from there to the same bytes. */
        for (size_t i = expected; journal != NULL && i < CHUNKS; i++) {
            continued = continued && append(journal, i, NULL, &error);
        }
        journal_close(journal);
        unsigned char again[4096];
        continued = continued && read_file(place.journal, again, sizeof again) == size &&
                    memcmp(bytes, again, size) == 0;
    }
    tap_ok(right, "cut at each of its %zu bytes, whole records stay and the rest is reported",
           size);
    tap_ok(continued, "and what is appended then completes it");
    (void)unlink(place.journal);
    (void)rmdir(place.folder);
}

static void test_flipped(void)
{
    struct place place = place_make();
    write_journal(&place, false);
    unsigned char bytes[4096];
    size_t size = read_file(place.journal, bytes, sizeof bytes);
    bool right = true;
    for (size_t at = 0; at < size; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[at] ^= (unsigned char)(1U << bit);
            write_file(place.journal, bytes, size);
            bytes[at] ^= (unsigned char)(1U << bit);
            size_t expected = 0;
            while (expected < CHUNKS && end_of(size, expected + 1) <= at) {
                expected++;
            }
            struct error error = {0};
            struct journal_report report;
            struct journal_request request = request_make(&place, NULL, JOURNAL_RESUME);
            struct journal *journal = journal_open(&request, &report, &error);
            if (at < end_of(size, 0)) {
                right = right && journal == NULL && error.kind == ERROR_USAGE;
            } else {
                right = right && journal != NULL && leading_chunks(journal) == expected &&
                        report.bytes_dropped == size - end_of(size, expected);
            }
            journal_close(journal);
        }
    }
    tap_ok(right, "each bit of %zu bytes flipped: only records before it are used", size);
    (void)unlink(place.journal);
    (void)rmdir(place.folder);
}

static bool sums_are(const double *sums, size_t leading)
{
    double expected[SUMS] = {0};
    for (size_t i = 0; i < leading; i++) {
        for (size_t k = 0; k < chunks[i].count; k++) {
            expected[(chunks[i].first + k) % SUMS] += (double)(chunks[i].first + k);
        }
    }
    return memcmp(expected, sums, sizeof expected) == 0;
}

/* Opens a journal with sums; true when exactly the first `leading` chunks and their sums are
 * there. Leaves the files as they are then. */
static bool resumes_at(const struct place *place, size_t leading, struct journal_report *report)
{
    double sums[SUMS];
    struct error error;
    struct journal_request request = request_make(place, sums, JOURNAL_RESUME);
    struct journal *journal = journal_open(&request, report, &error);
    bool right = journal != NULL && leading_chunks(journal) == leading && sums_are(sums, leading);
    journal_close(journal);
    return right;
}

static void test_sums(void)
{
    struct place place = place_make();
    write_journal(&place, true);
    unsigned char bytes[4096];
    size_t size = read_file(place.journal, bytes, sizeof bytes);
    unsigned char sums[512];
    size_t sums_size = read_file(place.sums, sums, sizeof sums);
    struct journal_report report;
    tap_ok(resumes_at(&place, CHECKPOINT_AFTER, &report) && report.rows == 6 &&
               report.rows_redone == 6,
           "a run with sums resumes at its checkpoint");
    tap_ok(resumes_at(&place, CHECKPOINT_AFTER, &report) && report.rows_redone == 0,
           "and again at the same one");

    bool right = true;
    for (size_t at = 0; at < sums_size; at++) {
        write_file(place.journal, bytes, size);
        sums[at] ^= 0x10;
        write_file(place.sums, sums, sums_size);
        sums[at] ^= 0x10;
        right = right && resumes_at(&place, 0, &report);
    }
    tap_ok(right, "with any of the checkpoint's %zu bytes changed it begins anew", sums_size);
    right = true;
    for (size_t length = 0; length < sums_size; length++) {
        write_file(place.journal, bytes, size);
        write_file(place.sums, sums, length);
        right = right && resumes_at(&place, 0, &report);
    }
    tap_ok(right, "also with a checkpoint cut at any byte");
    right = true;
    for (size_t at = end_of(size, 0); at < size; at++) {
        bytes[at] ^= 0x10;
        write_file(place.journal, bytes, size);
        bytes[at] ^= 0x10;
        write_file(place.sums, sums, sums_size);
        bool covered = at < end_of(size, CHECKPOINT_AFTER);
        right = right && resumes_at(&place, covered ? 0 : CHECKPOINT_AFTER, &report);
    }
    tap_ok(right, "damage in rows that the checkpoint covers makes it useless, behind it does not");

    /* A checkpoint that stayed behind belongs to no later run, though all else is equal. */
    write_journal(&place, true);
    struct error error;
    double values[SUMS];
    struct journal_request request = request_make(&place, values, JOURNAL_REPLACE);
    struct journal *journal = journal_open(&request, &report, &error);
    for (size_t i = 0; i < CHECKPOINT_AFTER; i++) {
        (void)append(journal, i, values, &error);
    }
    journal_close(journal);
    tap_ok(resumes_at(&place, 0, &report), "an earlier run's checkpoint is not used");
    (void)unlink(place.journal);
    (void)unlink(place.sums);
    tap_ok(files_in(place.folder) == 0, "nothing else is left behind");
    (void)rmdir(place.folder);
}

/* Files may not grow beyond `limit` bytes: the system's answer to a write is like a full disk's. */
static void limit_file_size(rlim_t limit)
{
    struct rlimit values;
    (void)getrlimit(RLIMIT_FSIZE, &values);
    values.rlim_cur = limit;
    (void)setrlimit(RLIMIT_FSIZE, &values);
}

static void test_full(void)
{
    struct place place = place_make();
    write_journal(&place, true);
    unsigned char bytes[4096];
    size_t size = read_file(place.journal, bytes, sizeof bytes);
    bool right = true;
    bool explained = true;
    size_t failures = 0;
    for (size_t limit = 0; limit < size; limit++) {
        struct error error = {0};
        struct journal_report report;
        double sums[SUMS];
        struct journal_request request = request_make(&place, sums, JOURNAL_REPLACE);
        limit_file_size(limit);
        struct journal *journal = journal_open(&request, &report, &error);
        bool succeeded = journal != NULL;
        size_t appended = 0;
        size_t checkpoint = 0;
        for (size_t i = 0; succeeded && i < CHUNKS; i++) {
            succeeded = append(journal, i, sums, &error);
            appended += succeeded ? 1 : 0;
            if (succeeded && i + 1 == CHECKPOINT_AFTER) {
                succeeded = journal_checkpoint(journal, &error);
                checkpoint = succeeded ? CHECKPOINT_AFTER : 0;
            }
        }
        right = right && !succeeded && error.kind == ERROR_RUN &&
                (journal == NULL || leading_chunks(journal) == appended);
        explained = explained && strstr(error.message, "File too large") != NULL &&
                    strstr(error.message, "--resume") != NULL;
        journal_close(journal);
        limit_file_size(RLIM_INFINITY);
        right = right && resumes_at(&place, checkpoint, &report);
        failures++;
    }
    tap_ok(right, "a disk that fills at any of %zu bytes: what was appended before is good",
           failures);
    tap_ok(explained, "the message says what the system said and what to do");
    (void)unlink(place.journal);
    (void)unlink(place.sums);
    tap_ok(files_in(place.folder) == 0, "no temporary file is left behind");
    (void)rmdir(place.folder);
}

static void test_lock(void)
{
    struct place place = place_make();
    write_journal(&place, false);
    int ready[2];
    int done[2];
    if (pipe(ready) != 0 || pipe(done) != 0) {
        perror("pipe");
        exit(1);
    }
    struct error error;
    struct journal_report report;
    struct journal_request request = request_make(&place, NULL, JOURNAL_RESUME);
    pid_t child = fork();
    char byte = 'x';
    if (child == 0) {
        struct journal *journal = journal_open(&request, &report, &error);
        (void)!write(ready[1], &byte, 1);
        (void)!read(done[0], &byte, 1);
        journal_close(journal);
        _exit(0);
    }
    (void)!read(ready[0], &byte, 1);
    struct journal *journal = journal_open(&request, &report, &error);
    char holder[32];
    (void)snprintf(holder, sizeof holder, "process %ld", (long)child);
    tap_ok(journal == NULL && error.kind == ERROR_USAGE && strstr(error.message, holder) != NULL,
           "a locked journal is refused: %s", error.message);
    request.existing = JOURNAL_REPLACE;
    journal = journal_open(&request, &report, &error);
    tap_ok(journal == NULL, "also with --force");
    (void)kill(child, SIGKILL);
    request.existing = JOURNAL_RESUME;
    request.lock_wait = 20;
    journal = journal_open(&request, &report, &error);
    tap_ok(journal != NULL && leading_chunks(journal) == CHUNKS,
           "the lock goes with the process that held it");
    (void)waitpid(child, NULL, 0);
    (void)journal_remove(journal, &error);
    (void)rmdir(place.folder);
}

static void test_nameless(void)
{
    struct place place = place_make();
    double sums[SUMS];
    struct error error;
    struct journal_report report;
    struct journal_request request = request_make(&place, sums, JOURNAL_REFUSE);
    request.policy = JOURNAL_NONE;
    struct journal *journal = journal_open(&request, &report, &error);
    tap_ok(journal != NULL && files_in(place.folder) == 0, "without a journal no file has a name");
    bool right = true;
    for (size_t i = 0; i < CHUNKS; i++) {
        right = right && append(journal, i, sums, &error);
    }
    tap_ok(right && journal_checkpoint(journal, &error) && leading_chunks(journal) == CHUNKS,
           "and rows come back all the same");
    tap_ok(journal_remove(journal, &error) && files_in(place.folder) == 0, "nothing is left");
    (void)rmdir(place.folder);
}

int main(void)
{
    signals_install(); /* ignores SIGXFSZ */
    test_life();
    test_existing();
    test_torn();
    test_flipped();
    test_sums();
    test_full();
    test_lock();
    test_nameless();
    return tap_done();
}
