from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "surveys"
    verbose_name = "Điều tra"

    def ready(self) -> None:
        from pcgd.accounts.decorators import allow_derived_table
        from pcgd.accounts.navigation import NavItem, register, register_frame_extra
        from pcgd.accounts.offline import keep_offline
        from pcgd.accounts.roles import Role
        from surveys.periods import ENTRY_ROLES, frame_extra
        from surveys.unlock import ANSWER_ROLES

        # Tallies and counts of phiếu are counted again whenever they are stale or gone; keeping
        # one while a page is shown changes nothing that anybody wrote.
        allow_derived_table("surveys_tally")
        allow_derived_table("surveys_formcounts")
        allow_derived_table("surveys_plantally")
        ward_roles = frozenset(
            {*ENTRY_ROLES, Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.INSPECTOR}
        )
        managers = frozenset({Role.WARD_SECRETARY, Role.WARD_HEAD})
        not_enumerators = frozenset(role for role in Role if role != Role.ENUMERATOR)
        for item in (
            NavItem("Việc của tôi", "my_work", "list", frozenset(ENTRY_ROLES), 5),
            NavItem("Bảng điều hành", "dashboard", "gauge", not_enumerators, 10),
            # An enumerator's list is “Việc của tôi”: the same phiếu, with what to do.
            NavItem("Phiếu điều tra", "form_list", "clipboard", ward_roles & not_enumerators, 20),
            NavItem("Kiểm tra dữ liệu", "validation_report", "clipboard-check", ward_roles, 25),
            NavItem("Nhân khẩu", "resident_list", "users", None, 30),
            NavItem("Chuyển đi, đến", "transfer_list", "transfer", ward_roles, 35),
            NavItem("Trường học", "school_list", "school", not_enumerators, 40),
            NavItem("Địa bàn, phân công", "hamlet_list", "map-pin", managers, 50),
            NavItem("Xin mở khóa", "unlock_list", "lock-open", frozenset(ANSWER_ROLES), 55),
            NavItem("Bàn giao số liệu", "hand_in_own", "upload", not_enumerators, 60),
            NavItem("Báo cáo & hồ sơ", "dossier_own", "files", not_enumerators, 70),
            NavItem("Quy định áp dụng", "rules", "books", None, 75),
            NavItem(
                "Đợt điều tra", "round_list", "calendar",
                frozenset({Role.CITY_OFFICER, Role.CITY_HEAD}), 80,
            ),
        ):  # fmt: skip
            register(item)
        register_frame_extra(frame_extra)
        # What a teacher goes on with when the line is down.
        keep_offline("my_work")
        keep_offline("unchanged_review")
        keep_offline("form_list")
        keep_offline("form_page", objects=1)
