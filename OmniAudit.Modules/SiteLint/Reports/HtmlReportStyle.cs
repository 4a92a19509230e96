namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>The style of the single-file report. Colours keep 4.5:1 against their background in both schemes; state is never told by colour alone.</summary>
internal static class HtmlReportStyle
{
    public const string Css = """
        :root{--ink:#1c2024;--soft:#565d66;--paper:#fff;--panel:#f4f5f7;--line:#c9ced6;--link:#0b57d0;--good:#146c2e;--fair:#8a5300;--bad:#b3261e;--focus:#0b57d0}
        @media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#a9b0ba;--paper:#15181c;--panel:#1f2329;--line:#414850;--link:#8ab4f8;--good:#81c995;--fair:#fdd663;--bad:#f6aea9;--focus:#8ab4f8}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:72rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
        h1,h2,h3,h4{line-height:1.25;margin:1.2em 0 .4em}
        h1{font-size:1.6rem}h2{font-size:1.3rem;border-bottom:1px solid var(--line);padding-bottom:.2em}h3{font-size:1.1rem}h4{font-size:1rem}
        a{color:var(--link)}
        a:focus-visible,[tabindex]:focus-visible,summary:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
        .skip{position:absolute;left:-999rem}.skip:focus{position:static}
        .site,dd,td,li,code{overflow-wrap:anywhere}
        code{font:.9em ui-monospace,monospace;white-space:pre-wrap}
        .facts{display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;margin:.5rem 0}
        dl div{display:flex;gap:.6rem;margin:.15rem 0}
        dt{color:var(--soft);min-width:6.5rem;flex:none}.facts dt{min-width:0}
        dd{margin:0;min-width:0}
        ul.tiles,ul.film{list-style:none;display:flex;flex-wrap:wrap;gap:.6rem;padding:0}
        .tile{background:var(--panel);border:1px solid var(--line);border-radius:.4rem;padding:.4rem .8rem}
        .count{font-size:1.3rem;font-weight:700}
        .film img{display:block;width:7rem;height:auto;border:1px solid var(--line)}
        .finding{background:var(--panel);border:1px solid var(--line);border-left:.35rem solid var(--soft);border-radius:.4rem;padding:.2rem .9rem .6rem;margin:.7rem 0;break-inside:avoid}
        .finding.s1,.finding.s2{border-left-color:var(--bad)}.finding.s3{border-left-color:var(--fair)}
        .finding h4{margin:.5em 0 .2em}
        .marks{margin:.2rem 0;color:var(--soft)}
        .badge,.mark{border:1px solid currentColor;border-radius:.3rem;padding:0 .4rem;font-size:.85rem;font-weight:600;white-space:nowrap}
        .badge.s1,.badge.s2,.bad{color:var(--bad)}.badge.s3,.fair{color:var(--fair)}.good{color:var(--good)}
        .good,.fair,.bad{font-weight:600}
        .crop{max-width:100%;max-height:16rem;border:1px solid var(--line)}
        .thumb{display:block;width:6rem;height:auto;border:1px solid var(--line)}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-size:.92rem}
        th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid var(--line)}
        td:empty{padding:0}
        footer{color:var(--soft);border-top:1px solid var(--line);margin-top:2rem}
        @media print{:root{--ink:#000;--soft:#444;--paper:#fff;--panel:#fff;--line:#999;--link:#000;--good:#146c2e;--fair:#8a5300;--bad:#b3261e}
        body{max-width:none;padding:0;font-size:10pt}.scroll{overflow:visible}.skip{display:none}details::details-content{content-visibility:visible;display:block;height:auto}h2,h3,h4,tr{break-after:avoid}tr{break-inside:avoid}}
        """;
}
