/* patch_file.h — patch text and the modules it speaks of; see patch_file.c. */
#ifndef US_PATCH_FILE_H
#define US_PATCH_FILE_H

#include "engine/library.h"
#include "lang/lang.h"

/* Reads a whole file ("-": standard input) into memory that the caller frees. */
int us_text_read(const char *path, char **text, size_t *bytes, struct us_err *err);
/* Puts a text in the place of a file, or of none: at every moment the old one is there or the new one. */
int us_text_replace(const char *path, const char *text, size_t bytes, struct us_err *err);
/* The library as the language asks for it. */
struct us_lang_catalogue us_catalogue_of(struct us_library *library);

#endif
