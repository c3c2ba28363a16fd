<?php

declare(strict_types=1);

/** PHP-FPM with one pool on a socket, and as much of FastCGI as a GET request needs. */
final class Fpm
{
    /** @var resource */
    private $process;
    private string $socket;

    /** @param array<string, string> $ini */
    public function __construct(private string $directory, array $ini, bool $unprivileged = false)
    {
        $this->socket = $directory . '/fpm.sock';
        $user = posix_getpwuid(posix_geteuid())['name'];
        $lines = [
            '[global]', "pid = $directory/fpm.pid", "error_log = $directory/fpm.log",
            '[www]', "listen = $this->socket", 'pm = static', 'pm.max_children = 2', 'clear_env = yes',
        ];
        if (!$unprivileged) {
            // Else workers only know the library that was preloaded: clear_env hides the variable.
            $lines[] = 'env[OSS_RESUMABLE_LIBRARY] = ' . realpath(getenv('OSS_RESUMABLE_LIBRARY'));
        }
        $command = [self::binary(), '-F', '-y', $directory . '/fpm.conf'];
        if ($unprivileged && posix_geteuid() === 0) {
            chmod($directory, 0777);
            array_unshift($command, 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups');
        } elseif (posix_geteuid() === 0) {
            // Root has to say as whom files are preloaded, even if it is root.
            $lines[] = "user = $user";
            $command[] = '-R';
            $ini['opcache.preload_user'] = $user;
        }
        file_put_contents($directory . '/fpm.conf', implode("\n", $lines) . "\n");
        foreach ($ini as $name => $value) {
            array_push($command, '-d', "$name=$value");
        }
        $log = ['file', $directory . '/fpm.out', 'a'];
        $this->process = proc_open($command, [1 => $log, 2 => $log], $pipes);
        for ($at = 0; $at < 200 && !file_exists($this->socket); $at++) {
            usleep(50000);
            clearstatcache();
        }
        check(file_exists($this->socket), 'FPM did not start: ' . $this->log());
    }

    /** Debian has the version in the name. */
    public static function binary(): ?string
    {
        $version = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
        foreach (["php-fpm$version", 'php-fpm'] as $name) {
            foreach (['/usr/sbin', '/usr/local/sbin', '/usr/bin', dirname(PHP_BINARY)] as $directory) {
                if (is_executable("$directory/$name")) {
                    return "$directory/$name";
                }
            }
        }
        return null;
    }

    public function log(): string
    {
        return @file_get_contents($this->directory . '/fpm.out') . @file_get_contents($this->directory . '/fpm.log');
    }

    public function stop(): void
    {
        proc_terminate($this->process);
        proc_close($this->process);
    }

    /** Starts a request; the answer is read by read(). */
    public function send(string $script, array $query): mixed
    {
        $stream = stream_socket_client('unix://' . $this->socket);
        $parameters = [
            'SCRIPT_FILENAME' => $script,
            'REQUEST_METHOD' => 'GET',
            'QUERY_STRING' => http_build_query($query),
        ];
        $encoded = '';
        foreach ($parameters as $name => $value) {
            $encoded .= pack('NN', strlen($name) | 1 << 31, strlen($value) | 1 << 31) . $name . $value;
        }
        // Begin as a responder; the parameters; their end; the end of the empty body.
        fwrite($stream, self::record(1, pack('nCx5', 1, 0)) . self::record(4, $encoded)
            . self::record(4, '') . self::record(5, ''));
        return $stream;
    }

    /** The body of the answer, with what PHP complained about. */
    public function read(mixed $stream): string
    {
        $output = '';
        while (($head = (string) stream_get_contents($stream, 8)) !== '') {
            ['type' => $type, 'length' => $length, 'padding' => $padding] = unpack(
                'Cversion/Ctype/nid/nlength/Cpadding/x',
                $head
            );
            $content = $length + $padding === 0 ? '' : stream_get_contents($stream, $length + $padding);
            if ($type === 3) {
                break;
            }
            $output .= substr($content, 0, $length);
        }
        fclose($stream);
        return explode("\r\n\r\n", $output, 2)[1] ?? $output;
    }

    private static function record(int $type, string $content): string
    {
        return pack('CCnnCx', 1, $type, 1, strlen($content), 0) . $content;
    }
}
