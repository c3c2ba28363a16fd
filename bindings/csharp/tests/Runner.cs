using System;
using System.Diagnostics;
using System.Linq;
using System.Reflection;

// A test's name is a sentence that is true when it passes.
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TestAttribute : Attribute
{
    internal TestAttribute(string sentence)
    {
        Sentence = sentence;
    }

    internal string Sentence { get; }
}

internal sealed class CheckFailed : Exception
{
    internal CheckFailed(string message) : base(message)
    {
    }
}

internal sealed class Skipped : Exception
{
    internal Skipped(string message) : base(message)
    {
    }
}

internal static class Check
{
    internal static void That(bool condition, string what)
    {
        if (!condition)
        {
            throw new CheckFailed(what);
        }
    }

    internal static void Equal<T>(T expected, T found, string what)
    {
        That(Equals(expected, found), what + ": expected " + expected + ", found " + found);
    }

    internal static T Throws<T>(Action action) where T : Exception
    {
        try
        {
            action();
        }
        catch (T expected)
        {
            return expected;
        }
        throw new CheckFailed("no " + typeof(T).Name + " was thrown");
    }
}

// Runs every test of the program, each on a server without objects, rules or log.
internal static class Runner
{
    private const BindingFlags Any =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static int Main(string[] arguments)
    {
        // By name, which has AbiTests first: without the right sizes nothing else can pass.
        var classes = typeof(Runner).Assembly.GetTypes().OrderBy(type => type.FullName, StringComparer.Ordinal);
        int found = 0, passed = 0, failed = 0, skipped = 0;
        using (var world = new World(arguments[0]))
        {
            foreach (Type type in classes)
            {
                foreach (MethodInfo method in type.GetMethods(Any))
                {
                    var test = method.GetCustomAttribute<TestAttribute>();
                    if (test == null)
                    {
                        continue;
                    }
                    found++;
                    if (arguments.Length > 1 && !test.Sentence.Contains(arguments[1]))
                    {
                        continue;
                    }
                    var clock = Stopwatch.StartNew();
                    string outcome = "ok";
                    string detail = "";
                    try
                    {
                        world.Reset();
                        method.Invoke(null, method.GetParameters().Length == 0 ? null : new object[] { world });
                        passed++;
                    }
                    catch (TargetInvocationException wrapped) when (wrapped.InnerException is Skipped)
                    {
                        outcome = "skipped";
                        detail = "\nSKIPPED: " + test.Sentence + " (" + wrapped.InnerException.Message + ")";
                        skipped++;
                    }
                    catch (Exception thrown)
                    {
                        outcome = "FAILED";
                        detail = "\n" + (thrown.InnerException ?? thrown);
                        failed++;
                    }
                    Console.WriteLine("{0,-7} {1} ({2} ms){3}", outcome, test.Sentence, clock.ElapsedMilliseconds, detail);
                }
            }
        }
        if (found == 0)
        {
            failed++;
            Console.WriteLine("FAILED  no test was found");
        }
        Console.WriteLine("{0} passed, {1} failed, {2} skipped", passed, failed, skipped);
        return failed == 0 ? 0 : 1;
    }
}
