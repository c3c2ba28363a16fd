package com.github.ossresumable;

/** Gets the lines of the log. */
@FunctionalInterface
public interface LogListener {
  /**
   * Called on a thread that waits for an upload or is inside another blocking call of the client.
   * What it throws goes to the thread's uncaught exception handler and changes nothing else.
   *
   * @param level how important the line is
   * @param line the text, without a line end and never with a secret in it
   */
  void log(LogLevel level, String line);
}
