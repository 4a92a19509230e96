using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <inheritdoc />
    public partial class SiteLint : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "FixedFindings",
                table: "scans",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "NewFindings",
                table: "scans",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "ScheduleId",
                table: "scans",
                type: "TEXT",
                maxLength: 40,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Verdict",
                table: "scans",
                type: "TEXT",
                maxLength: 20,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Cancelled",
                table: "jobs",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "auth_profiles",
                columns: table => new
                {
                    ProfileId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    ShapeJson = table.Column<string>(type: "TEXT", nullable: false),
                    SecretName = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ChangedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_auth_profiles", x => x.ProfileId);
                });

            migrationBuilder.CreateTable(
                name: "scan_schedule_changes",
                columns: table => new
                {
                    ChangeId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    BySubject = table.Column<string>(type: "TEXT", nullable: false),
                    ByName = table.Column<string>(type: "TEXT", nullable: false),
                    ScheduleId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    ScheduleName = table.Column<string>(type: "TEXT", nullable: false),
                    What = table.Column<string>(type: "TEXT", maxLength: 1500, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_scan_schedule_changes", x => x.ChangeId);
                });

            migrationBuilder.CreateTable(
                name: "scan_schedules",
                columns: table => new
                {
                    ScheduleId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    Url = table.Column<string>(type: "TEXT", nullable: false),
                    ArgumentsJson = table.Column<string>(type: "TEXT", nullable: false),
                    Cron = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    TimeZone = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    Enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    NextAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastScanId = table.Column<string>(type: "TEXT", nullable: true),
                    Problem = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_scan_schedules", x => x.ScheduleId);
                });

            migrationBuilder.CreateTable(
                name: "scan_trend",
                columns: table => new
                {
                    ScanId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Viewport = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Site = table.Column<string>(type: "TEXT", nullable: false),
                    ScheduleId = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    FinishedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Performance = table.Column<double>(type: "REAL", nullable: true),
                    Accessibility = table.Column<double>(type: "REAL", nullable: true),
                    BestPractices = table.Column<double>(type: "REAL", nullable: true),
                    Seo = table.Column<double>(type: "REAL", nullable: true),
                    Fcp = table.Column<double>(type: "REAL", nullable: true),
                    Lcp = table.Column<double>(type: "REAL", nullable: true),
                    Tbt = table.Column<double>(type: "REAL", nullable: true),
                    Cls = table.Column<double>(type: "REAL", nullable: true),
                    SpeedIndex = table.Column<double>(type: "REAL", nullable: true),
                    Ttfb = table.Column<double>(type: "REAL", nullable: true),
                    WireBytes = table.Column<double>(type: "REAL", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_scan_trend", x => new { x.ScanId, x.Viewport });
                });

            migrationBuilder.CreateIndex(
                name: "IX_scans_ScheduleId",
                table: "scans",
                column: "ScheduleId");

            migrationBuilder.CreateIndex(
                name: "IX_auth_profiles_Name",
                table: "auth_profiles",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_scan_schedule_changes_ScheduleId",
                table: "scan_schedule_changes",
                column: "ScheduleId");

            migrationBuilder.CreateIndex(
                name: "IX_scan_schedules_Name",
                table: "scan_schedules",
                column: "Name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_scan_trend_ScheduleId_ScanId",
                table: "scan_trend",
                columns: new[] { "ScheduleId", "ScanId" });

            migrationBuilder.CreateIndex(
                name: "IX_scan_trend_Site_ScanId",
                table: "scan_trend",
                columns: new[] { "Site", "ScanId" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "auth_profiles");

            migrationBuilder.DropTable(
                name: "scan_schedule_changes");

            migrationBuilder.DropTable(
                name: "scan_schedules");

            migrationBuilder.DropTable(
                name: "scan_trend");

            migrationBuilder.DropIndex(
                name: "IX_scans_ScheduleId",
                table: "scans");

            migrationBuilder.DropColumn(
                name: "FixedFindings",
                table: "scans");

            migrationBuilder.DropColumn(
                name: "NewFindings",
                table: "scans");

            migrationBuilder.DropColumn(
                name: "ScheduleId",
                table: "scans");

            migrationBuilder.DropColumn(
                name: "Verdict",
                table: "scans");

            migrationBuilder.DropColumn(
                name: "Cancelled",
                table: "jobs");
        }
    }
}
