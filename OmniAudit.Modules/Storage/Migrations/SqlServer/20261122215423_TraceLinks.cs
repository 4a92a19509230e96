using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class TraceLinks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "AskedBy",
                table: "jobs",
                type: "nvarchar(max)",
                nullable: true,
                collation: "Latin1_General_100_BIN2");

            migrationBuilder.AddColumn<string>(
                name: "AskedBy",
                table: "approvals",
                type: "nvarchar(max)",
                nullable: true,
                collation: "Latin1_General_100_BIN2");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "AskedBy",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "AskedBy",
                table: "approvals");
        }
    }
}
