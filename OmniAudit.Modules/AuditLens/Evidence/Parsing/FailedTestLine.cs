namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>Lines by which test runners say in a log that a test failed: the same failure that their report file has.</summary>
internal static class FailedTestLine
{
    /// <summary>The test's name as the runner writes it, with the message when the line has it.</summary>
    public static (string Name, string Message)? Read(string line)
    {
        var text = line.AsSpan().Trim();
        if (text.Length is < 8 or > 2_000) return null;
        // pytest: FAILED tests/test_a.py::test_b - AssertionError: …   and ERROR tests/…
        if ((text.StartsWith("FAILED ") || text.StartsWith("ERROR ")) && text.Contains("::", StringComparison.Ordinal))
        {
            var rest = text[(text.IndexOf(' ') + 1)..];
            var dash = rest.IndexOf(" - ");
            var name = dash > 0 ? rest[..dash] : rest;
            return name.Contains(".py", StringComparison.Ordinal) && !name.Contains('[') && name.Contains(' ') ? null : (name.ToString(), dash > 0 ? rest[(dash + 3)..].ToString() : "");
        }
        // go: --- FAIL: TestX/sub (0.00s)
        if (text.StartsWith("--- FAIL: "))
        {
            var rest = text[10..];
            var end = rest.LastIndexOf(" (");
            return ((end > 0 ? rest[..end] : rest).ToString(), "");
        }
        // xUnit.net: [xUnit.net 00:00:01.23]     Name.Space.Class.Method [FAIL]
        if (text.StartsWith("[xUnit.net ") && text.EndsWith("[FAIL]"))
        {
            var close = text.IndexOf(']');
            return (text[(close + 1)..^6].Trim().ToString(), "");
        }
        // dotnet test: Failed Name.Space.Class.Method [12 ms]
        if (text.StartsWith("Failed ") && text.EndsWith("]") && text.LastIndexOf(" [") is > 7 and var open && (text.EndsWith("s]") || text.EndsWith("m]")) && text[7..open].Contains('.')) return (text[7..open].Trim().ToString(), "");
        // Maven: [ERROR] com.x.FooTest.bar -- Time elapsed: 0.01 s <<< FAILURE!
        if (text.StartsWith("[ERROR] ") && (text.EndsWith("<<< FAILURE!") || text.EndsWith("<<< ERROR!")))
        {
            var rest = text[8..];
            var end = rest.IndexOfAny(" \t");
            // Tests run: 3, Failures: 1 … is the class as a whole; bar(com.x.FooTest) is the older spelling.
            if (end <= 0 || rest.StartsWith("Tests run")) return null;
            var name = rest[..end].ToString();
            var round = name.IndexOf('(');
            return round > 0 && name.EndsWith(')') ? ($"{name[(round + 1)..^1]}.{name[..round]}", "") : (name, "");
        }
        // cargo: test module::name ... FAILED
        if (text.StartsWith("test ") && text.EndsWith(" ... FAILED")) return (text[5..^11].ToString(), "");
        // RSpec: rspec ./spec/x_spec.rb:3 # Thing does it
        if (text.StartsWith("rspec ./") && text.IndexOf(" # ") is > 0 and var hash) return (text[(hash + 3)..].ToString(), "");
        // Jest: ● Suite › name
        if (text.StartsWith("● ") && text.Contains(" › ", StringComparison.Ordinal)) return (text[2..].ToString(), "");
        // unittest: FAIL: test_x (pkg.mod.Class)  and since 3.11 (pkg.mod.Class.test_x)
        if ((text.StartsWith("FAIL: ") || text.StartsWith("ERROR: ")) && text.EndsWith(")") && text.IndexOf(" (") is > 0 and var round2)
        {
            var name = text[(text.IndexOf(' ') + 1)..round2].ToString();
            var type = text[(round2 + 2)..^1].ToString();
            return name.Contains(' ') || !type.Contains('.') ? null : (type.EndsWith("." + name, StringComparison.Ordinal) ? type : $"{type}.{name}", "");
        }
        return null;
    }

    /// <summary>No line without one of these names a failed test.</summary>
    public static bool MayBe(string line) =>
        line.Contains("FAIL", StringComparison.Ordinal) || line.Contains("Failed ", StringComparison.Ordinal) || line.Contains("ERROR", StringComparison.Ordinal) || line.Contains('›') || line.StartsWith("rspec ./", StringComparison.Ordinal);
}
