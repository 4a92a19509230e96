namespace OmniAudit.Tests.AuditLens.Evidence;

/// <summary>A small file of every format, written for these tests: its profile, its name, how many findings it has, and its text.</summary>
internal static class Examples
{
    public static TheoryData<string, string, int> Names
    {
        get
        {
            var names = new TheoryData<string, string, int>();
            foreach (var (profile, file, findings, _) in All) names.Add(profile, file, findings);
            return names;
        }
    }

    public static string Text(string file) => All.Single(e => e.File == file).Text;

    public static IReadOnlyList<(string Profile, string File, int Findings, string Text)> All =>
    [
        ("junit", "junit.xml", 3, """
            <?xml version="1.0"?>
            <testsuites><testsuite name="outer" tests="9"><testsuite name="inner">
              <testcase classname="a.B" name="passes" time="0.1"/>
              <testcase classname="a.B" name="fails" file="src/b.py" line="12"><failure type="AssertionError" message="expected 3, was 4">trace here</failure><error message="teardown broke"/></testcase>
              <testcase classname="a.B" name="shaky"><flakyFailure message="first try">at once</flakyFailure></testcase>
              <testcase classname="a.B" name="again"><failure message="first"/></testcase>
              <testcase classname="a.B" name="again"/>
              <testcase classname="a.B" name="left"><skipped/></testcase>
            </testsuite></testsuite></testsuites>
            """),
        ("sarif", "scan.sarif", 3, """
            {"version":"2.1.0","runs":[{
              "originalUriBaseIds":{"SRC":{"uri":"src/","uriBaseId":"ROOT"},"ROOT":{"uri":"file:///home/me/app/"}},
              "results":[
                {"ruleIndex":0,"message":{"id":"m","arguments":["x"]},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a%20b.cs","uriBaseId":"SRC"},"region":{"startLine":3,"startColumn":5}}}]},
                {"ruleId":"E1","rule":{"index":0,"toolComponent":{"index":0}},"message":{"text":"from an extension"},"suppressions":[{"kind":"inSource"}]},
                {"ruleId":"none/sub","kind":"fail","message":{"text":"without a place"},"partialFingerprints":{"hash":"abc"},
                 "fixes":[{"artifactChanges":[{"artifactLocation":{"uri":"a.cs"},"replacements":[{"deletedRegion":{"startLine":1,"startColumn":1,"endColumn":4},"insertedContent":{"text":"var"}}]}]}]},
                {"ruleId":"R1","kind":"pass","message":{"text":"fine"}},
                {"ruleId":"R1","baselineState":"absent","message":{"text":"gone"}}],
              "tool":{"driver":{"name":"T","rules":[{"id":"R1","defaultConfiguration":{"level":"error"},"messageStrings":{"m":{"text":"'{0}' is odd"}}}]},
                "extensions":[{"name":"X","rules":[{"id":"E1","properties":{"security-severity":"9.8"}}]}]}}]}
            """),
        ("actions_log", "1_build.txt", 4, """
            2026-01-01T10:00:00.0000000Z ##[group]Run tests
            2026-01-01T10:00:01.0000000Z ::error file=src/a.js,line=3,endLine=4,title=Odd%3A title::50%25 of it%0Asecond line
            2026-01-01T10:00:02.0000000Z src/Program.cs(12,5): error CS0103: The name 'x' does not exist [/home/runner/work/app/app/App.csproj]
            2026-01-01T10:00:03.0000000Z src/Program.cs(12,5): error CS0103: The name 'x' does not exist [/home/runner/work/app/app/App.csproj]
            2026-01-01T10:00:04.0000000Z FAILED tests/test_a.py::test_b - AssertionError: assert 1 == 2
            2026-01-01T10:00:05.0000000Z ##[endgroup]
            2026-01-01T10:00:06.0000000Z ##[warning]Node 16 is old
            2026-01-01T10:00:07.0000000Z ##[error]Process completed with exit code 1.
            """),
        ("annotations", "annotations.json", 2, """
            [{"path":"src/a.js","start_line":3,"end_line":4,"annotation_level":"failure","title":"Odd","message":"of it","raw_details":"more"},
             {"path":".github","start_line":9,"end_line":9,"annotation_level":"warning","title":null,"message":"Node 16 is old"}]
            """),
        ("compiler", "build.log", 7, """
            C:\app\src\Npcap.cs(229,30): warning CS0618: 'SendQueue' is obsolete: 'Use X' [C:\app\App.csproj]
            C:\app\src\Npcap.cs(229,30): warning CS0618: 'SendQueue' is obsolete: 'Use X' [C:\app\App.csproj]
            src/a.ts(3,13): error TS2345: Argument of type 'boolean' is not assignable.
              Type 'boolean' is not assignable to type 'string'.
            main.c:10:5: fatal error: stdio.h: No such file or directory
            pkg/x.py:7: error: Incompatible types in assignment  [assignment]
            foo/widget.yml:1:81: [error] line too long (122 > 80 characters) (line-length)
            error[E0308]: mismatched types
             --> src/main.rs:3:5
            MSBUILD : error MSB1009: Project file does not exist.
            """),
        ("trx", "results.trx", 2, """
            <?xml version="1.0" encoding="utf-8"?><TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
              <UnitTestResult testId="1" testName="Adds" outcome="Passed" duration="00:00:00.5"/>
              <UnitTestResult testId="2" testName="Fails" outcome="Failed"><Output><ErrorInfo><Message>Expected 1</Message><StackTrace>at N.C.Fails() in /src/C.cs:line 42</StackTrace></ErrorInfo></Output></UnitTestResult>
              <UnitTestResult testId="3" testName="Rows" outcome="Failed"><InnerResults><UnitTestResult testId="3" testName="Rows (1)" outcome="Passed"/><UnitTestResult testId="3" testName="Rows (2)" outcome="Timeout"/></InnerResults></UnitTestResult>
              <UnitTestResult testId="4" testName="Left" outcome="NotExecuted"/>
            </Results><TestDefinitions><UnitTest id="2" name="Fails"><TestMethod className="N.C, Assembly" name="Fails"/></UnitTest></TestDefinitions></TestRun>
            """),
        ("eslint", "eslint.json", 2, """
            [{"filePath":"/github/workspace/src/a.js","messages":[{"ruleId":"semi","severity":2,"message":"Missing semicolon.","line":4,"column":18,"fix":{"range":[57,57],"text":";"}},
              {"ruleId":null,"fatal":true,"severity":2,"message":"Parsing error: x","line":1,"column":1}],"suppressedMessages":[]},{"filePath":"b.js","messages":[]}]
            """),
        ("checkstyle", "checkstyle.xml", 1, """
            <?xml version="1.0"?><!DOCTYPE checkstyle [<!ENTITY x SYSTEM "file:///etc/passwd">]><checkstyle version="8"><file name="A.java"><error line="3" column="7" severity="warning" message="Name &quot;x&quot; is odd" source="com.Naming"/></file></checkstyle>
            """),
        ("stylelint", "stylelint.json", 1, """[{"source":"a.css","warnings":[{"line":4,"column":3,"rule":"unit-no-unknown","severity":"error","text":"Unexpected unit (unit-no-unknown)"}],"invalidOptionWarnings":[]}]"""),
        ("pmd", "pmd.xml", 1, """<pmd xmlns="http://pmd.sourceforge.net/report/2.0.0" version="6"><file name="A.java"><violation beginline="5" endline="6" begincolumn="1" endcolumn="9" rule="UnusedLocal" ruleset="Best" priority="1" externalInfoUrl="https://pmd.example/x">Avoid unused variables</violation></file></pmd>"""),
        ("spotbugs", "spotbugs.xml", 1, """
            <BugCollection version="4"><BugInstance type="NP_NULL" priority="1" rank="3" category="CORRECTNESS" instanceHash="deadbeef"><ShortMessage>Null</ShortMessage><LongMessage>Null in A.b()</LongMessage>
              <Class classname="A"><SourceLine sourcepath="A.java" start="1" end="99"/></Class><SourceLine sourcepath="A.java" start="20" end="21"/></BugInstance></BugCollection>
            """),
        ("go_test", "go.json", 2, """
            {"Action":"start","Package":"x/p"}
            {"Action":"run","Package":"x/p","Test":"TestA"}
            {"Action":"run","Package":"x/p","Test":"TestA/sub"}
            {"Action":"output","Package":"x/p","Test":"TestA/sub","Output":"    a_test.go:12: got 1,"}
            {"Action":"output","Package":"x/p","Test":"TestA/sub","Output":" want 2\n"}
            {"Action":"fail","Package":"x/p","Test":"TestA/sub","Elapsed":0.01}
            {"Action":"fail","Package":"x/p","Test":"TestA","Elapsed":0.01}
            {"Action":"run","Package":"x/p","Test":"TestB"}
            {"Action":"pass","Package":"x/p","Test":"TestB","Elapsed":0}
            {"Action":"fail","Package":"x/p","Elapsed":0.02}
            {"Action":"output","Package":"x/q","Output":"FAIL\tx/q [build failed]\n"}
            {"Action":"fail","Package":"x/q","Elapsed":0}
            """),
        ("jest", "jest.json", 2, """
            {"numFailedTestSuites":2,"numTotalTests":2,"testResults":[{"assertionResults":[{"ancestorTitles":["sum"],"fullName":"sum adds","title":"adds","status":"passed","failureMessages":[]},
              {"ancestorTitles":["sum"],"fullName":"sum carries","title":"carries","status":"failed","failureMessages":["Error: expected 10"],"location":{"line":9,"column":3}}],"name":"/home/runner/work/app/app/sum.test.js","status":"failed","message":""},
              {"assertionResults":[],"name":"b.test.js","status":"failed","message":"SyntaxError: Unexpected token"}]}
            """),
        ("mocha", "mocha.json", 2, """
            {"stats":{"tests":3},"tests":[{"title":"a","fullTitle":"s a","duration":1,"currentRetry":0,"err":{}},{"title":"b","fullTitle":"s b","file":"t/b.js","duration":2,"err":{"message":"no","stack":"Error: no"}},{"title":"c","fullTitle":"s c","err":{}}],
             "failures":[{"title":"b","fullTitle":"s b","err":{"message":"no"}},{"title":"\"before each\" hook","fullTitle":"s \"before each\" hook","err":{"message":"broke"}}],"passes":[]}
            """),
        ("rspec", "rspec.json", 2, """
            {"version":"3","examples":[{"id":"./s.rb[1:1]","full_description":"A works","status":"passed","file_path":"./s.rb","line_number":2},{"id":"./s.rb[1:2]","full_description":"A fails","status":"failed","file_path":"./s.rb","line_number":5,"exception":{"class":"X::NotMet","message":"expected 1","backtrace":["./s.rb:6"]}}],
             "messages":["\nAn error occurred while loading ./t.rb.\nNameError"],"summary_line":"2 examples"}
            """),
        ("dart", "dart.json", 2, """
            {"protocolVersion":"0.1.1","runnerVersion":"1.2","pid":1,"type":"start","time":0}
            {"suite":{"id":0,"platform":"vm","path":"test/a_test.dart"},"type":"suite","time":0}
            {"test":{"id":1,"name":"loading test/a_test.dart","suiteID":0,"line":null,"url":null},"type":"testStart","time":1}
            {"testID":1,"result":"success","skipped":false,"hidden":true,"type":"testDone","time":9}
            {"test":{"id":2,"name":"adds","suiteID":0,"line":5,"url":"file:///a_test.dart"},"type":"testStart","time":10}
            {"testID":2,"error":"Expected: 2","stackTrace":"a_test.dart 6","isFailure":true,"type":"error","time":11}
            {"testID":2,"result":"failure","skipped":false,"hidden":false,"type":"testDone","time":20}
            {"test":{"id":3,"name":"hangs","suiteID":0},"type":"testStart","time":21}
            """),
        ("nunit", "nunit3.xml", 2, """
            <test-run id="2"><test-suite type="TestFixture" fullname="N.F" result="Failed" site="Child"><failure><message>One or more child tests had errors</message></failure>
              <test-case id="1" fullname="N.F.Passes" result="Passed"/><test-case id="2" fullname="N.F.Fails" result="Failed"><failure><message><![CDATA[Expected: 1]]></message><stack-trace>at N.F.Fails() in C:\s\F.cs:line 7</stack-trace></failure></test-case>
              <test-case id="3" fullname="N.F.Ignored" result="Skipped" label="Ignored"><reason><message>later</message></reason></test-case></test-suite>
              <test-suite type="TestFixture" fullname="N.G" result="Failed" site="SetUp"><failure><message>OneTimeSetUp broke</message></failure></test-suite></test-run>
            """),
        ("nunit", "nunit2.xml", 1, """<test-results name="a.dll"><test-suite name="F" result="Failure"><results><test-case name="N.F.Ok" executed="True" result="Success" success="True"/><test-case name="N.F.No" executed="True" success="False"><failure><message>bad</message></failure></test-case></results></test-suite></test-results>"""),
        ("xunit", "xunit2.xml", 2, """
            <assemblies><assembly name="a.dll"><errors><error type="fixture" name="N.Fixture"><failure exception-type="X"><message>broke</message></failure></error></errors><collection name="c">
              <test name="N.C.Passes" type="N.C" method="Passes" result="Pass" time="0.1"/><test name="N.C.Fails" type="N.C" method="Fails" result="Fail"><failure exception-type="Xunit.Sdk.EqualException"><message>Assert.Equal()</message><stack-trace>at N.C.Fails() in /s/C.cs:line 9</stack-trace></failure></test>
              <test name="N.C.Left" result="Skip"><reason>later</reason></test></collection></assembly></assemblies>
            """),
        ("xunit", "xunit1.xml", 1, """<assembly name="a.dll"><class name="N.C"><test name="N.C.Fails" result="Fail"><failure exception-type="X"><message>no</message></failure></test></class></assembly>"""),
        ("trivy", "trivy.json", 3, """
            {"SchemaVersion":2,"ArtifactName":"img","Results":[{"Target":"package-lock.json","Vulnerabilities":[{"VulnerabilityID":"CVE-2024-1","PkgName":"left-pad","InstalledVersion":"1.0","FixedVersion":"1.1","Severity":"CRITICAL","Title":"Bad pad"}]},
              {"Target":"Dockerfile","Misconfigurations":[{"ID":"DS002","Title":"root user","Message":"Specify USER","Severity":"HIGH","Status":"FAIL","CauseMetadata":{"StartLine":3,"EndLine":3}},{"ID":"DS003","Status":"PASS"}]},
              {"Target":"a.env","Secrets":[{"RuleID":"github-pat","Severity":"CRITICAL","Title":"GitHub PAT","StartLine":2,"EndLine":2,"Match":"***"}]}]}
            """),
        ("grype", "grype.json", 1, """{"matches":[{"vulnerability":{"id":"GHSA-1","severity":"High","fix":{"versions":["2.0"],"state":"fixed"},"dataSource":"https://g.example/1"},"artifact":{"name":"lib","version":"1.0","locations":[{"path":"/app/go.sum"}]}}],"descriptor":{"name":"grype"}}"""),
        ("gitleaks", "gitleaks.json", 1, """[{"Description":"AWS key","StartLine":3,"EndLine":3,"StartColumn":1,"EndColumn":20,"Match":"key=hunter2-very-secret","Secret":"hunter2-very-secret","File":"a.env","Commit":"c0ffee","RuleID":"aws","Fingerprint":"c0ffee:a.env:aws:3"}]"""),
        ("npm_audit", "audit.json", 1, """
            {"auditReportVersion":2,"vulnerabilities":{"b":{"name":"b","severity":"high","via":["a"],"range":"*"},"a":{"name":"a","severity":"high","via":[{"source":1,"name":"a","title":"Prototype pollution","url":"https://github.com/advisories/GHSA-aaaa-bbbb-cccc","severity":"high","range":"<2"}],"range":"<2","fixAvailable":true}},"metadata":{}}
            """),
        ("npm_audit", "yarn.json", 1, """
            {"type":"auditAdvisory","data":{"resolution":{"id":7},"advisory":{"id":7,"module_name":"a","severity":"moderate","title":"ReDoS","url":"https://npmjs.com/advisories/7","findings":[{"version":"1.0"}],"patched_versions":">=1.1"}}}
            {"type":"auditSummary","data":{}}
            """),
        ("cargo_audit", "cargo.json", 2, """
            {"database":{"advisory-count":1},"lockfile":{"dependency-count":9},"vulnerabilities":{"found":true,"count":1,"list":[{"advisory":{"id":"RUSTSEC-2024-1","package":"time","title":"Segfault","url":"https://r.example"},"versions":{"patched":[">=0.2.23"]},"package":{"name":"time","version":"0.1.40"}}]},
             "warnings":{"unmaintained":[{"kind":"unmaintained","package":{"name":"old","version":"1.0"},"advisory":{"id":"RUSTSEC-2020-2","title":"old is unmaintained"}}]}}
            """),
        ("dotnet_vulnerable", "vulnerable.json", 1, """
            {"version":1,"parameters":"--vulnerable","projects":[{"path":"App.csproj","frameworks":[{"framework":"net8.0","topLevelPackages":[{"id":"Newtonsoft.Json","requestedVersion":"12.0.1","resolvedVersion":"12.0.1","vulnerabilities":[{"severity":"High","advisoryurl":"https://github.com/advisories/GHSA-5crp-9r3c-p9vr"}]}]},
              {"framework":"net9.0","topLevelPackages":[{"id":"Newtonsoft.Json","resolvedVersion":"12.0.1","vulnerabilities":[{"severity":"High","advisoryurl":"https://github.com/advisories/GHSA-5crp-9r3c-p9vr"}]}]}]}]}
            """),
        ("dotnet_vulnerable", "vulnerable.txt", 1, "Project `App` has the following vulnerable packages\n   [net8.0]: \n   Top-level Package      Requested   Resolved   Severity   Advisory URL\n   > Newtonsoft.Json      12.0.1      12.0.1     High       https://github.com/advisories/GHSA-5crp-9r3c-p9vr\n"),
        ("rdjson", "r.rdjson", 1, """{"source":{"name":"lint"},"severity":"WARNING","diagnostics":[{"message":"odd","location":{"path":"a.go","range":{"start":{"line":3,"column":2},"end":{"line":3,"column":5}}},"code":{"value":"L1"},"suggestions":[{"range":{"start":{"line":3,"column":2},"end":{"line":3,"column":5}},"text":"even"}]}]}"""),
        ("rdjson", "r.rdjsonl", 2, "{\"message\":\"one\",\"location\":{\"path\":\"a.go\",\"range\":{\"start\":{\"line\":1}}},\"severity\":\"ERROR\"}\n{\"message\":\"two\",\"location\":{\"path\":\"b.go\"}}\n"),
        ("code_climate", "gl-code-quality.json", 1, """[{"type":"issue","check_name":"complexity","description":"Too complex","severity":"major","fingerprint":"f00","location":{"path":"a.rb","lines":{"begin":7,"end":9}}},{"type":"measurement","check_name":"x","location":{"path":"a"}}]"""),
        ("diff", "fmt.diff", 2, "diff a/a.go b/a.go\n--- a/a.go\t2026-01-01\n+++ b/a.go\t2026-01-01\n@@ -1,3 +1,3 @@\n package a\n-var x  = 1\n+var x = 1\n \n@@ -9 +9,2 @@ func f() {\n-}\n+\n+}\n\\ No newline at end of file\n"),
        ("lighthouse", "lighthouse.json", 2, """
            {"lighthouseVersion":"12.0.0","requestedUrl":"https://a.example/","finalUrl":"https://a.example/","audits":{"viewport":{"id":"viewport","title":"Has no viewport","score":0,"scoreDisplayMode":"binary"},"lcp":{"id":"lcp","title":"LCP","score":0.62,"scoreDisplayMode":"numeric","displayValue":"3.1 s"},
             "ok":{"id":"ok","title":"Fine","score":1,"scoreDisplayMode":"binary"},"na":{"id":"na","title":"NA","score":null,"scoreDisplayMode":"notApplicable"}},"categories":{"performance":{"title":"Performance","score":0.53}}}
            """),
        ("axe", "axe.json", 1, """{"testEngine":{"name":"axe-core"},"url":"https://a.example/","violations":[{"id":"image-alt","impact":"critical","help":"Images must have alternate text","description":"d","helpUrl":"https://dequeuniversity.com/x","nodes":[{"target":["img.a"],"html":"<img>"},{"target":["img.b"],"html":"<img>"}]}],"incomplete":[{"id":"color-contrast","nodes":[]}],"passes":[]}"""),
        ("console", "console-errors.json", 3, """["Uncaught TypeError: x is undefined",{"type":"error","text":"Failed to load","location":{"url":"https://a.example/a.js","lineNumber":11,"columnNumber":4}},{"type":"log","text":"hello"},{"url":"/p","errors":[{"message":"inner"}]}]"""),
        ("ctrf", "ctrf.json", 1, """{"reportFormat":"CTRF","results":{"tool":{"name":"vitest"},"summary":{"tests":3},"tests":[{"name":"a","status":"passed","duration":1},{"name":"b","suite":["s"],"status":"failed","message":"no","trace":"at x","filePath":"b.ts","line":3},{"name":"c","status":"skipped"}]}}"""),
        ("tap", "run.tap", 3, "TAP version 14\n1..6\nok 1 - a\nnot ok 2 - b\n  ---\n  message: 'it broke'\n  severity: fail\n  ...\nnot ok 3 - c # TODO later\nok 4 - d # SKIP no net\n# Subtest: e\n    not ok 1 - inner\n    1..1\nnot ok 5 - e\n"),
        ("deterministic", "deterministic-findings.json", 2, """{"findings":[{"finding_id":"f1","severity":"s1","category":"security","title":"Open redirect","file":"a.py","line":4,"confidence":0.9,"suggested_fix":"check the host"},{"id":"f2","severity":"minor","message":"Long line","location":{"path":"b.py","line":9}}]}"""),
    ];
}
