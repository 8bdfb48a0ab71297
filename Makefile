# 巡访 —— make run 启动，make test 测试。Everything is done by tools/dev; see tools/launcher/.
.PHONY: help run test bench check fmt setup services env stop demo pictures backup drill restore reset
.DEFAULT_GOAL := help
export PORT DEMO ARGS WHICH PEOPLE YEARS PLACE FROM KEEP YES

help:
	@echo "make run       启动网站（PORT=8000  DEMO=0 不要演示数据），Ctrl-C 停止"
	@echo "make test      全部检查和测试（ARGS='-k 名称'）"
	@echo "make bench     量快慢，结果写进docs/bench.md（ARGS='-k due' 只量一部分）"
	@echo "make check     只做检查"
	@echo "make fmt       整理代码格式"
	@echo "make setup     只准备运行环境"
	@echo "make services  启动测试用的数据库和消息服务，并一直开着"
	@echo 'make env       打印环境变量：eval "$$(make -s env)"'
	@echo "make stop      停止网站和测试服务"
	@echo "make demo      重新生成演示数据（PEOPLE=200000 YEARS=3 是一个市）"
	@echo "make pictures  从演示网站重新拍手册里的图（PORT=8000）"
	@echo "make backup    做一份备份（PLACE=/文件夹  KEEP=30 只留30份），不用停网站"
	@echo "make drill     演练：把一份备份恢复到临时的库，核对完就删（FROM=/某一份备份）"
	@echo "make restore   用一份备份换掉现在的数据（FROM=/某一份备份，会先询问）"
	@echo "make reset     清空本机运行数据（会先询问）"

run setup check test bench fmt stop demo backup drill restore reset env:
	@./tools/dev $@

services:
	@./tools/dev test-up

pictures:
	@PORT=$${PORT:-8000} .venv/bin/python tools/pictures.py $(ARGS)
