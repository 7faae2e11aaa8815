/* Drives the kernel's side from a process: its console is standard input and output. */
#include <stdio.h>
#include <string.h>

typedef size_t (*read_line)(unsigned char *, size_t);
typedef void (*write_bytes)(const unsigned char *, size_t);
void harness_run(read_line, write_bytes);

/* The compiled core and alloc name it; with panic = "abort" nothing calls it. */
void rust_eh_personality(void)
{
}

static size_t read_stdin(unsigned char *buffer, size_t size)
{
	if (!fgets((char *)buffer, (int)size, stdin))
		return (size_t)snprintf((char *)buffer, size, "{\"kind\":\"bye\"}");
	return strlen((char *)buffer);
}

static void write_stdout(const unsigned char *bytes, size_t size)
{
	fwrite(bytes, 1, size, stdout);
	fflush(stdout);
}

int main(void)
{
	harness_run(read_stdin, write_stdout);
	return 0;
}
